"""How a film is cut into sections, and where a section's frames lie on the time axis. Numbers only.

Source: lllyasviel/FramePack; diffusers' HunyuanVideoFramepackPipeline.
"""

from dataclasses import dataclass
from typing import Literal

from engines.framepack.layouts import WINDOW

Mode = Literal["reverse", "forward"]
FPS = 30
# what the window is conditioned on: one frame beside it, two at half and sixteen at quarter resolution
NEAR, HALF, QUARTER = 1, 2, 16
HISTORY = NEAR + HALF + QUARTER
SECTION_FRAMES = 4 * WINDOW
OVERLAP = 4 * (WINDOW - 1) + 1
# latent frames that are decoded together
DECODED = 2 * WINDOW


@dataclass(frozen=True)
class Places:
    """Indices on the time axis: of the window, of the clean frames (start, near), of the coarser histories."""

    window: tuple[float, ...]
    clean: tuple[float, float]
    half: tuple[float, ...]
    quarter: tuple[float, ...]


def sections_of(seconds: float) -> int:
    """How many sections make a film: each has 36 frames of 30 a second, and the film one frame more."""
    return max(round(seconds * FPS / SECTION_FRAMES), 1)


def padding_of(number: int, sections: int) -> int:
    """How many windows lie between a section that is made in reverse and the start picture."""
    if sections <= 4:
        return sections - 1 - number
    return [3, *[2] * (sections - 3), 1, 0][number]


def places_of(mode: Mode, number: int, sections: int) -> Places:
    """Where the frames of a section lie. Sections are numbered in the order in which they are made."""
    if mode == "forward":
        near = 1 + QUARTER + HALF
        return Places(_span(near + NEAR, WINDOW), (0.0, float(near)), _span(1 + QUARTER, HALF), _span(1, QUARTER))
    first = 1 + padding_of(number, sections) * WINDOW
    near = first + WINDOW
    return Places(
        _span(first, WINDOW), (0.0, float(near)), _span(near + NEAR, HALF), _span(near + NEAR + HALF, QUARTER)
    )


def _span(start: int, length: int) -> tuple[float, ...]:
    return tuple(float(n) for n in range(start, start + length))
