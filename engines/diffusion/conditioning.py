"""What steers a run: encoded prompts, the part of the picture they speak of, and ControlNets."""

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor


@dataclass(frozen=True)
class ControlNet:
    """A ControlNet module and the name that tells it from others."""

    module: Any
    key: Hashable


@dataclass(frozen=True)
class Control:
    """A ControlNet at work on a picture.

    ``image`` is B×3×H×W, 0 to 1. It acts while ``start >= sigma >= end``. ``also_negative`` lends it to negative
    prompts that have no control of their own.
    """

    net: ControlNet
    image: Tensor
    strength: float
    start: float
    end: float
    also_negative: bool = False

    def acts_at(self, sigma: float) -> bool:
        """Whether it takes part in a call at this noise level."""
        return self.start >= sigma >= self.end


@dataclass(frozen=True)
class Conditioning:
    """One encoded prompt.

    ``context`` is 1×T×D. SDXL adds ``pooled``, 1×P, and ``sizes``: original height and width, crop top and left,
    target height and width, in pixels; ``None`` takes them from the latent. ``mask`` is B×H×W, 0 to 1, where it
    speaks; with ``to_bounds`` the model sees the mask's box alone. ``extra`` is B×(1+4)×h×w for models with
    inpainting channels.
    """

    context: Tensor
    pooled: Tensor | None = None
    sizes: tuple[int, int, int, int, int, int] | None = None
    controls: tuple[Control, ...] = field(default=())
    mask: Tensor | None = None
    mask_strength: float = 1.0
    to_bounds: bool = False
    extra: Tensor | None = None


def lend_controls(positive: list[Conditioning], negative: list[Conditioning]) -> list[Conditioning]:
    """The negative prompts, with the controls that the positive ones lend to those without any."""
    lent = next((c.controls for c in positive if any(control.also_negative for control in c.controls)), ())
    return [c if c.controls or not lent else replace(c, controls=lent) for c in negative]
