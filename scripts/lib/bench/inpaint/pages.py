"""The pages of the bench, drawn with words at known places."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from engines.inpaint.masks import region_mask
from engines.inpaint.options import Region
from engines.inpaint.picture import Mask, Rgb


@dataclass(frozen=True)
class BenchPage:
    """``rgb`` is H×W×3 in 8 bits."""

    name: str
    rgb: Rgb
    regions: tuple[Region, ...]

    @cached_property
    def png(self) -> bytes:
        """The page as a file."""
        return _png(self.rgb)

    @cached_property
    def mask(self) -> Mask:
        """H×W, true inside the regions."""
        return region_mask(self.rgb, self.regions, "rect")

    @cached_property
    def mask_png(self) -> bytes:
        """The mask as a file, white inside the regions."""
        return _png(np.where(self.mask, np.uint8(255), np.uint8(0)))


def _png(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def sparse(width: int = 1456, height: int = 2048, name: str = "sparse") -> BenchPage:
    """Ten regions of words: six in white balloons, four on tone."""
    rng = np.random.default_rng(0)
    image = Image.fromarray(np.clip(rng.normal(150, 30, (height, width, 3)), 0, 255).astype(np.uint8))
    draw, regions = ImageDraw.Draw(image), []
    for n in range(10):
        x, y = round(width * (0.08 + 0.5 * (n % 2))), round(height * (0.05 + 0.19 * (n // 2)))
        w, h = round(width * 0.22), round(height * 0.07)
        if n % 5 < 3:
            draw.ellipse((x - w * 0.3, y - h * 0.4, x + w * 1.3, y + h * 1.4), fill="white", outline="black", width=4)
        regions.append(_words(draw, (x, y, w, h), lines=3))
    return BenchPage(name, np.asarray(image), tuple(regions))


def dense(width: int = 1456, height: int = 2048) -> BenchPage:
    """Forty lines of words on tone, ten pixels apart, as an OCR gives them."""
    rng = np.random.default_rng(1)
    image = Image.fromarray(np.clip(rng.normal(200, 20, (height, width, 3)), 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    regions = [_words(draw, (250, 100 + 40 * n, 900, 30), lines=1) for n in range(40)]
    return BenchPage("dense", np.asarray(image), tuple(regions))


def small() -> BenchPage:
    """The sparse page, its longer side 1024."""
    return sparse(728, 1024, "small")


def warm_up() -> BenchPage:
    """A corner with one line, for the first call of each model."""
    page = sparse(256, 256, "warm-up")
    return BenchPage(page.name, page.rgb, page.regions[-1:])


PAGES: Mapping[str, Callable[[], BenchPage]] = {"sparse": sparse, "dense": dense, "small": small}


def _words(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], lines: int) -> Region:
    x, y, w, h = box
    font = ImageFont.load_default(size=h / lines * 0.7)
    text = "words to remove from the page " * 3
    while font.getlength(text) > w - 20:
        text = text[:-1]
    for n in range(lines):
        draw.text((x + 10, y + 4 + n * h / lines), text, fill="black", font=font)
    return Region(x=x, y=y, width=w, height=h)
