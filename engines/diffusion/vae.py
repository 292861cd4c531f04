"""Pictures to latents and back."""

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

FACTOR = 8
# several at once would share a GPU's time, and each take its memory
_ALONE = threading.Lock()


@dataclass(frozen=True)
class Vae:
    """An autoencoder. Pictures are B×H×W×C, 0 to 1; latents B×4×h×w, not scaled."""

    module: Any
    device: torch.device
    dtype: torch.dtype

    @torch.inference_mode()
    def encode(self, pixels: Tensor) -> Tensor:
        """The mode of the posterior of the picture's middle, cut to multiples of 8; without chance."""
        cut = cut_to_cells(pixels[..., :3]).movedim(-1, 1).to(self.device, self.dtype)
        with self._turn():
            modes = [self.module.encode(one * 2 - 1).latent_dist.mode() for one in cut.split(1)]
            return torch.cat(modes).float().cpu()

    @torch.inference_mode()
    def decode(self, latent: Tensor) -> Tensor:
        """The picture of a latent."""
        latent = latent.to(self.device, self.dtype)
        with self._turn():
            pixels = torch.cat([self.module.decode(one).sample for one in latent.split(1)]).float().cpu()
        return ((pixels + 1) / 2).clamp(0, 1).movedim(1, -1)

    def _turn(self) -> AbstractContextManager[Any]:
        return nullcontext() if self.device.type == "cpu" else _ALONE

    def decode_tiled(self, latent: Tensor, tile: int, overlap: int) -> Tensor:
        """As ``decode`` in tiles of ``tile`` cells whose borders of ``overlap`` cells are blended."""
        height, width = latent.shape[-2:]
        if height <= tile and width <= tile:
            return self.decode(latent)
        shape = (latent.shape[0], height * FACTOR, width * FACTOR, 3)
        total, weights = torch.zeros(shape), torch.zeros(shape)
        for top in tile_starts(height, tile, overlap):
            for left in tile_starts(width, tile, overlap):
                part = self.decode(latent[:, :, top : top + tile, left : left + tile])
                weight = _feather(part.shape[1], part.shape[2], overlap * FACTOR)
                y, x = top * FACTOR, left * FACTOR
                total[:, y : y + part.shape[1], x : x + part.shape[2]] += part * weight
                weights[:, y : y + part.shape[1], x : x + part.shape[2]] += weight
        return total / weights


def cut_to_cells(pixels: Tensor) -> Tensor:
    """The middle of B×H×W×C or B×H×W, as large as whole latent cells allow."""
    height, width = pixels.shape[1] // FACTOR * FACTOR, pixels.shape[2] // FACTOR * FACTOR
    top, left = (pixels.shape[1] - height) // 2, (pixels.shape[2] - width) // 2
    return pixels[:, top : top + height, left : left + width]


def tile_starts(length: int, tile: int, overlap: int) -> list[int]:
    """Where tiles begin so that they cover ``length``, each as large as it can be."""
    last = max(length - tile, 0)
    return sorted({min(start, last) for start in range(0, length, max(tile - overlap, 1))})


def _feather(height: int, width: int, rim: int) -> Tensor:
    """A weight that falls to the borders, H×W×1, nowhere zero."""

    def ramp(length: int) -> Tensor:
        distance = torch.minimum(torch.arange(length), torch.arange(length).flip(0)) + 1
        return (distance / max(rim, 1)).clamp(max=1)

    return (ramp(height)[:, None] * ramp(width)[None])[..., None]
