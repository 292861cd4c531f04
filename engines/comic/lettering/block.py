"""A block of set text, in em around its own centre, before it has a size or a place."""

from dataclasses import dataclass, replace

from engines.comic.lettering.faces import FontName
from engines.comic.lettering.glyphs import Glyph

Rect = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Block:
    """Set text: glyphs (em, y up) and the box of each line (left, top, right, bottom; em, y down).

    ``penalty`` is the loss of quality of its line breaks: 1 is one break inside a phrase.
    ``lines`` are the words line by line.
    """

    font: FontName
    glyphs: tuple[Glyph, ...]
    rects: tuple[Rect, ...]
    lines: tuple[str, ...]
    penalty: float = 0.0

    @property
    def width(self) -> float:
        """Full width in em."""
        return max(r[2] for r in self.rects) - min(r[0] for r in self.rects)

    @property
    def height(self) -> float:
        """Full height in em."""
        return max(r[3] for r in self.rects) - min(r[1] for r in self.rects)

    def centred(self) -> "Block":
        """Move the centre of all lines to the origin."""
        dx = (max(r[2] for r in self.rects) + min(r[0] for r in self.rects)) / 2
        dy = (max(r[3] for r in self.rects) + min(r[1] for r in self.rects)) / 2
        rects = tuple((left - dx, top - dy, right - dx, low - dy) for left, top, right, low in self.rects)
        glyphs = tuple(replace(g, x=g.x - dx, y=g.y + dy) for g in self.glyphs)
        return replace(self, glyphs=glyphs, rects=rects)
