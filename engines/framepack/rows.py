"""One call of the transformer on rows of any number of requests."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from engines.framepack.loras import Loras, LoraSet
from engines.framepack.text import Words
from engines.framepack.transformer import Condition, Frames

Indices = tuple[float, ...]


@dataclass(frozen=True)
class Given:
    """Latent frames that are not made, C×T×h×w, and their places in time."""

    latents: Tensor
    indices: Indices


@dataclass(frozen=True)
class TransformerRow:
    """One sample of a call: the latent C×T×h×w at a level from 0 to 1 of noise, and all that steers it.

    ``given`` are clean frames, and frames at half and at quarter resolution. ``batch_size`` is how many
    rows may share its call, itself included.
    """

    engine: "Transformers"
    variant: str
    loras: LoraSet
    latent: Tensor
    indices: Indices
    level: float
    words: Words
    image: Tensor
    guidance: float
    given: tuple[Given | None, Given | None, Given | None]
    batch_size: int = 1

    @property
    def key(self) -> Hashable:
        """Rows with equal keys may share a call: weights, LoRAs, shapes, and company of one size."""
        shapes = tuple(None if given is None else tuple(given.latents.shape) for given in self.given)
        length = None if self.engine.mixes_lengths else self.words.length
        return (self.variant, self.loras, tuple(self.latent.shape), shapes, length, self.batch_size)


@dataclass(frozen=True)
class Transformers:
    """The transformers and their LoRAs. With ``mixes_lengths``, texts of different lengths share calls under a mask.

    Without a mask attention has faster kernels, and on a CPU a row's bits do not hang on its company.
    """

    loras: Loras
    device: torch.device
    dtype: torch.dtype
    mixes_lengths: bool = field(default=False)

    @torch.inference_mode()
    def evaluate(self, rows: Sequence[TransformerRow]) -> list[Tensor]:
        """The velocity of each row, C×T×h×w in float32 on the CPU. All rows must have one key."""
        answers: list[Tensor] = []
        for start in range(0, len(rows), rows[0].batch_size):
            answers += self._call(rows[start : start + rows[0].batch_size])
        return answers

    def _call(self, rows: Sequence[TransformerRow]) -> list[Tensor]:
        first = rows[0]
        condition = Condition(
            text=self._stack([row.words.text for row in rows]),
            lengths=[row.words.length for row in rows],
            pooled=self._stack([row.words.pooled for row in rows]),
            image=self._stack([row.image for row in rows]),
            guidance=self._stack([torch.tensor(row.guidance * 1000.0) for row in rows]),
        )
        given = [self._frames([row.given[place] for row in rows]) for place in range(3)]
        times = torch.tensor([row.level * 1000.0 for row in rows], device=self.device)
        latents = self._stack([row.latent for row in rows])
        with self.loras.active(first.variant, first.loras) as transformer:
            velocity = transformer(latents, _indices([row.indices for row in rows]), times, condition, given)
        return list(velocity.float().cpu())

    def _frames(self, given: Sequence[Given | None]) -> Frames | None:
        known = [each for each in given if each is not None]
        if not known:
            return None
        return Frames(self._stack([each.latents for each in known]), _indices([each.indices for each in known]))

    def _stack(self, tensors: Sequence[Tensor]) -> Tensor:
        return torch.stack(list(tensors)).to(self.device, self.dtype)


def _indices(rows: Sequence[Indices]) -> Tensor:
    """Times that all rows share are worked out once."""
    return torch.tensor(rows[0] if len(set(rows)) == 1 else rows, dtype=torch.float32)
