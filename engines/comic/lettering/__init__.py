"""Lettering: words into outlines, balloons and their places."""

from engines.comic.lettering.glyphs import text_outline
from engines.comic.lettering.letter import balloon_svg, letter_panel

__all__ = ["balloon_svg", "letter_panel", "text_outline"]
