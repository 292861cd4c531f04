"""What one section tells the next: the latent frames beside it, as bytes that may lie in a store meanwhile."""

import threading
from dataclasses import dataclass

import numpy as np
import torch
from cachetools import LRUCache
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from engines.framepack.film_plan import DECODED, HALF, HISTORY, NEAR, QUARTER, Mode
from foundation.errors import InvalidInput

CACHED_FILMS = 2


@dataclass(frozen=True)
class FilmState:
    """``latents``, C×n×h×w, are those of the film so far that lie next to what comes, 19 at most, in order of time."""

    mode: Mode
    latents: Tensor

    def joined(self, section: Tensor) -> "FilmState":
        """The state after another section's latents, C×t×h×w."""
        both = (section, self.latents) if self.mode == "reverse" else (self.latents, section)
        return FilmState(self.mode, self._beside(torch.cat(both, dim=1), HISTORY))

    def history(self) -> tuple[Tensor, Tensor, Tensor]:
        """The frame nearest to what comes, and those at half and at quarter resolution; zeros where there is none."""
        short = self.latents.new_zeros(self.latents.shape[0], HISTORY - self.latents.shape[1], *self.latents.shape[2:])
        if self.mode == "reverse":
            near, half, quarter = torch.cat([self.latents, short], dim=1).split([NEAR, HALF, QUARTER], dim=1)
        else:
            quarter, half, near = torch.cat([short, self.latents], dim=1).split([QUARTER, HALF, NEAR], dim=1)
        return near, half, quarter

    def slice(self, frames: int = DECODED) -> Tensor:
        """The latents that are decoded together."""
        return self._beside(self.latents, frames)

    def _beside(self, latents: Tensor, frames: int) -> Tensor:
        return latents[:, :frames] if self.mode == "reverse" else latents[:, -frames:]

    def to_bytes(self) -> bytes:
        """As a safetensors file."""
        return save({"latents": self.latents.contiguous()}, {"mode": self.mode})


def read_state(data: bytes, mode: Mode) -> FilmState:
    """A state as ``to_bytes`` wrote it. Raises InvalidInput for other bytes."""
    try:
        return FilmState(mode, load(data)["latents"])
    except (SafetensorError, KeyError, ValueError) as error:
        raise InvalidInput("the state of the film is damaged; start the job again") from error


class OpenFrames:
    """The frames that the next section blends with, by state: made once more when they were not kept."""

    def __init__(self) -> None:
        self._frames: LRUCache[bytes, np.ndarray] = LRUCache(CACHED_FILMS)
        self._lock = threading.Lock()

    def keep(self, state: bytes, frames: np.ndarray) -> None:
        """Keep the open frames of a film, T×H×W×3."""
        with self._lock:
            self._frames[state] = frames

    def take(self, state: bytes) -> np.ndarray | None:
        """The frames, once; None when they are not there."""
        with self._lock:
            return self._frames.pop(state, None)
