"""What travels along links, by the type names of workflows."""

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from engines.diffusion.conditioning import Conditioning, ControlNet
from engines.diffusion.vae import Vae
from engines.diffusion.weights.models import DiffusionModel, TextEncoders


@dataclass(frozen=True)
class Latent:
    """LATENT: ``samples`` B×4×h×w, not scaled; ``noise_mask`` B×H×W, 1 to repaint; ``batch_index`` for noise."""

    samples: Tensor
    noise_mask: Tensor | None = None
    batch_index: tuple[int, ...] | None = None


@dataclass(frozen=True)
class SamplerChoice:
    """SAMPLER: a sampler by name."""

    name: str


Prompts = tuple[Conditioning, ...]

PYTHON_TYPES: dict[str, type[Any]] = {
    "MODEL": DiffusionModel,
    "CLIP": TextEncoders,
    "VAE": Vae,
    "CONDITIONING": tuple,
    "LATENT": Latent,
    "IMAGE": Tensor,
    "MASK": Tensor,
    "CONTROL_NET": ControlNet,
    "SAMPLER": SamplerChoice,
    "SIGMAS": Tensor,
}
# these hold weights: the library keeps them, no cache of nodes may
HEAVY = frozenset({"MODEL", "CLIP", "VAE", "CONTROL_NET"})
