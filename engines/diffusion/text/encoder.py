"""A CLIP text encoder: tokens in, hidden states and pooled vector out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engines.diffusion.text.chunks import Token

LAST = -1


@dataclass(frozen=True)
class ClipEncoder:
    """One CLIP text model. ``projection`` is width×P where its pooled vector is used, as in SDXL's second one."""

    module: Any
    projection: Tensor | None
    fill: int

    @property
    def width(self) -> int:
        """The width of its hidden states."""
        return int(self.module.config.hidden_size)

    @torch.inference_mode()
    def encode(self, chunks: Sequence[Sequence[Token]], layer: int, norm: bool, end: int) -> tuple[Tensor, Tensor]:
        """Hidden states N×77×width after ``layer`` (-1 is the last), and the pooled vectors, N×P.

        ``norm`` passes the states through the final norm; the pooled vector always comes from the normed last layer,
        at the first token ``end``.
        """
        vectors = torch.stack([self._vectors(chunk) for chunk in chunks])
        hidden = self.module.embeddings(inputs_embeds=vectors)
        states: list[Tensor] = []
        for block in self.module.encoder.layers:
            hidden = block(hidden, None, is_causal=True)
            states.append(hidden)
        chosen = states[max(layer, -len(states))]
        chosen = self.module.final_layer_norm(chosen) if norm else chosen
        pooled = self._pooled(self.module.final_layer_norm(states[-1]), chunks, end)
        return chosen.float().cpu(), pooled.float().cpu()

    def _vectors(self, chunk: Sequence[Token]) -> Tensor:
        table = self.module.embeddings.token_embedding.weight
        ids = torch.tensor([0 if isinstance(token.id, Tensor) else token.id for token in chunk], device=table.device)
        vectors = table[ids]
        for place, token in enumerate(chunk):
            if isinstance(token.id, Tensor):
                vectors[place] = token.id.to(vectors)
        return vectors

    def _pooled(self, states: Tensor, chunks: Sequence[Sequence[Token]], end: int) -> Tensor:
        ends = [next(n for n, token in enumerate(chunk) if n and _is(token, end)) for chunk in chunks]
        pooled = states[torch.arange(len(ends)), torch.tensor(ends)]
        return pooled if self.projection is None else pooled @ self.projection.to(pooled)


def _is(token: Token, number: int) -> bool:
    return not isinstance(token.id, Tensor) and token.id == number
