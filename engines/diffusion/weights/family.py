"""What the tensors of a model do not say of themselves, from ``assets/models``."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).parents[3] / "assets" / "models"
TOKENIZER = ASSETS / "clip"


@dataclass(frozen=True)
class Family:
    """SD 1.5 or SDXL: the scale of its latents, its attention heads, and which layer of its text encoders it reads."""

    name: str
    latent_scale: float
    attention: dict[str, int]
    text_layer: int
    text_norm: bool

    def heads(self, channels: int) -> int:
        """How many attention heads a block of so many channels has."""
        return self.attention.get("heads") or max(1, channels // self.attention["head_width"])


@cache
def family_named(name: str) -> Family:
    """``sd15`` or ``sdxl``."""
    return Family(**json.loads((ASSETS / name / "family.json").read_text()))


def family_of(sizes_width: int | None) -> Family:
    """The family of a UNet, by whether picture sizes condition it."""
    return family_named("sd15" if sizes_width is None else "sdxl")
