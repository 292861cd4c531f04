"""The draft writer: a story read by rules, phases 1 to 4.

passages -> cast -> speech -> scenes -> staging -> pages
"""

from collections.abc import Mapping
from typing import Any

from engines.writer import phases

__all__ = ["write"]


def write(phase: str, brief: Mapping[str, Any], before: Mapping[str, Any]) -> Any:
    """The output of a phase: ``concept``, ``characters``, ``story`` or ``name``, as JSON.

    ``brief``: text, title, genre, style, seed, language, feedback, take (how often it was asked again).
    ``before``: the outputs of the phases that it follows, by the same names.
    """
    if phase == "concept":
        return phases.concept(brief)
    makers = {"characters": phases.characters, "story": phases.story, "name": phases.name}
    return makers[phase](brief, before)
