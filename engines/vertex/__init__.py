"""Google's models through Vertex AI: Gemini writes, Imagen and Gemini image models draw. No Ray in here.

options -> clients -> gate and retry around each call -> text | images -> values, with what they cost
"""

from typing import Literal


def preload(kind: Literal["text", "image"]) -> None:
    """Import Google's libraries: it takes seconds, in which no call could be answered."""
    import google.genai

    if kind == "image":
        import google.cloud.aiplatform_v1  # noqa: F401
