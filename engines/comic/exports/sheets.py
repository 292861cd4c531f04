"""The finished pictures as the sheets of a book: spreads in halves that face each other, webtoons in strips.

pictures of pages -> Sheet: picture, number, side, and the words with their places on it
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from PIL import Image

from engines.comic.document import PAGE_HEIGHT, PAGE_WIDTH, Box, Document, Page

SLICE, LEAST_SLICE = 1280, 640
WHITE = 250
Side = Literal["left", "right", "center"]


@dataclass(frozen=True)
class Sheet:
    """One picture of a book. ``size`` and the places of its words are in page pixels; ``scene`` begins on it if set."""

    png: bytes
    number: int
    size: tuple[int, int]
    side: Side = "center"
    words: tuple[tuple[str, Box], ...] = ()
    wide: bool = False
    scene: int | None = None

    @property
    def text(self) -> str:
        """All its words, in reading order."""
        return " ".join(text for text, _ in self.words)


def sheets(pngs: Sequence[bytes], document: Document, halve: bool = True, bleed: int = 0) -> list[Sheet]:
    """The sheets of a book from the pictures of its pages; ``halve`` gives each page of a spread its own.

    Pictures for print have ``bleed`` pixels outside the trim on each side, and keep them at the fold. The pages of the
    document are found by their numbers and may be missing.
    """
    if document.layout == "webtoon":
        return _slices(pngs, document)
    known = {page.number: page for page in document.pages}
    found: list[Sheet] = []
    number, scenes = 1, set[int]()
    for png in pngs:
        page = known.get(number) or Page(number=number, panels=[])
        whole = _whole(png, page, document, scenes)
        found += _halves(whole, document, bleed) if whole.wide and halve else [whole]
        number = page.last + 1
    return found


def side_of(number: int, direction: str) -> Side:
    """The first page of a Japanese book is a left page, of a Western one a right page."""
    first, second = ("left", "right") if direction == "rtl" else ("right", "left")
    return first if number % 2 else second


def _whole(png: bytes, page: Page, document: Document, scenes: set[int]) -> Sheet:
    new = [panel.scene for panel in page.panels if panel.scene not in scenes]
    scenes.update(new)
    wide = page.last > page.number
    side = "center" if wide else side_of(page.number, document.direction)
    words = tuple(words_of(page))
    return Sheet(png, page.number, page.size, side, words, wide, new[0] if new else None)


def words_of(page: Page) -> list[tuple[str, Box]]:
    """The words of a page with their places in reading order: the balloons of each panel, then its sounds."""
    found: list[tuple[str, Box]] = []
    for panel in page.panels:
        lettering, drawing = page.letterings.get(panel.id), page.drawings.get(panel.id)
        balloons = sorted(lettering.balloons, key=lambda each: each.order) if lettering else []
        found += [(balloon.text, balloon.text_box) for balloon in balloons]
        found += [(s.text, box) for s, box in zip(panel.sfx, drawing.sfx, strict=False)] if drawing else []
    return found


def _halves(whole: Sheet, document: Document, bleed: int) -> list[Sheet]:
    image = Image.open(io.BytesIO(whole.png))
    middle = image.width // 2
    lefts = (PAGE_WIDTH, 0) if document.direction == "rtl" else (0, PAGE_WIDTH)
    finished: list[Sheet] = []
    for number, left in enumerate(lefts, whole.number):
        part = image.crop(
            (middle - bleed, 0, image.width, image.height) if left else (0, 0, middle + bleed, image.height)
        )
        words = tuple(_shifted(whole.words, (left, 0, left + PAGE_WIDTH, PAGE_HEIGHT)))
        side, scene = side_of(number, document.direction), whole.scene if number == whole.number else None
        finished.append(Sheet(_png(part), number, (PAGE_WIDTH, PAGE_HEIGHT), side, words, scene=scene))
    return finished


def _shifted(words: Sequence[tuple[str, Box]], view: tuple[int, int, int, int]) -> Iterator[tuple[str, Box]]:
    """The words whose middle lies in a part of the picture, with their places there."""
    left, top, right, bottom = view
    for text, box in words:
        if left <= box.x + box.w / 2 < right and top <= box.y + box.h / 2 < bottom:
            yield text, box.model_copy(update={"x": box.x - left, "y": box.y - top})


def _png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=6)
    return out.getvalue()


def _slices(pngs: Sequence[bytes], document: Document) -> list[Sheet]:
    """The whole strip cut where it is white, at most ``SLICE`` high, as the platforms of webtoons take it."""
    levels = [np.asarray(Image.open(io.BytesIO(png)).convert("L")) for png in pngs]
    strip, width = np.concatenate(levels), levels[0].shape[1]
    words, top = list[tuple[str, Box]](), 0
    known = {page.number: page for page in document.pages}
    for number, level in enumerate(levels, 1):
        if number in known:
            words += _shifted(words_of(known[number]), (0, -top, width, 1 << 30))
        top += level.shape[0]
    cuts = _cuts(strip)
    finished: list[Sheet] = []
    for number, (low, high) in enumerate(pairwise(cuts), 1):
        own = tuple(_shifted(words, (0, low, width, high)))
        finished.append(Sheet(_png(Image.fromarray(strip[low:high])), number, (width, high - low), words=own))
    return finished


def _cuts(strip: np.ndarray) -> list[int]:
    white = np.all(strip >= WHITE, axis=1)
    cuts, end = [0], strip.shape[0]
    while end - cuts[-1] > SLICE:
        window = np.flatnonzero(white[cuts[-1] + LEAST_SLICE : cuts[-1] + SLICE])
        cuts.append(cuts[-1] + (LEAST_SLICE + int(window[-1]) if len(window) else SLICE))
    return [*cuts, end]
