"""The draft artist: manga panels as SVG, drawn by rule alone.

draw_panel      a staged panel -> Drawing (SVG elements and true boxes)
draw_portrait   a character sheet as an SVG document
draw_sounds     the drawn sounds of a panel alone
choose_look     a look unlike those already taken
TONE_DEFS       the screentone patterns every drawing refers to
"""

from engines.artist.looks import choose_look
from engines.artist.panel import draw_panel, draw_sounds
from engines.artist.portrait import draw_portrait
from engines.comic.tones import TONE_DEFS

__all__ = ["TONE_DEFS", "choose_look", "draw_panel", "draw_portrait", "draw_sounds"]
