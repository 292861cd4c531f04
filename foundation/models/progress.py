"""The progress of a sampler, as every streaming model reports it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SamplerProgress:
    """``step`` of ``total`` is done. ``preview`` is a small JPEG or PNG; ``node`` the node of a ComfyUI workflow."""

    step: int
    total: int
    preview: bytes | None = None
    node: str | None = None
