"""Lettering: words into outlines, balloons and their places."""

from engines.manga.lettering.glyphs import text_outline
from engines.manga.lettering.letter import balloon_svg, letter_panel

__all__ = ["balloon_svg", "letter_panel", "text_outline"]
