"""Prompts to conditioning, with one text encoder (SD 1.5) or two (SDXL)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from engines.diffusion.conditioning import Conditioning
from engines.diffusion.text.chunks import Marks, Token, chunked, framed
from engines.diffusion.text.embeddings import Lookup, no_embeddings, split_at_embeddings
from engines.diffusion.text.encoder import LAST, ClipEncoder
from engines.diffusion.text.prompt import weighted_pieces
from engines.diffusion.weights.family import Family

Chunks = list[list[Token]]


@dataclass(frozen=True)
class Clip:
    """The text side of a checkpoint. ``skip`` is the layer that is read, counted from the end; None is the model's."""

    encoders: tuple[ClipEncoder, ...]
    tokenizer: Any
    family: Family
    lookup: Lookup = no_embeddings
    skip: int | None = None

    def stopped_at(self, layer: int) -> "Clip":
        """The same, read after another layer: -1 is the last, -2 the one before it."""
        return replace(self, skip=layer)

    def encode(self, prompt: str, second: str | None = None) -> Conditioning:
        """The conditioning of a prompt. ``second`` is what the second encoder reads, if not the same."""
        texts = [prompt] + [prompt if second is None else second] * (len(self.encoders) - 1)
        chunks = [self._chunks(text, encoder) for text, encoder in zip(texts, self.encoders, strict=True)]
        count = max(len(some) for some in chunks)
        encoded = [
            self._encode(some + [framed([], self._marks(encoder))] * (count - len(some)), encoder)
            for some, encoder in zip(chunks, self.encoders, strict=True)
        ]
        context = torch.cat([states for states, _ in encoded], dim=-1)
        return Conditioning(context, pooled=encoded[-1][1])

    def _marks(self, encoder: ClipEncoder) -> Marks:
        return Marks(self.tokenizer.bos_token_id, self.tokenizer.eos_token_id, encoder.fill)

    def _chunks(self, text: str, encoder: ClipEncoder) -> Chunks:
        runs: list[list[Token]] = []
        for piece in weighted_pieces(text):
            for part, named in split_at_embeddings(piece.text):
                ids = self._named(part, encoder) if named else self._ids(part)
                runs.append([Token(number, piece.weight) for number in ids])
        return chunked(runs, self._marks(encoder))

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]

    def _named(self, name: str, encoder: ClipEncoder) -> Sequence[Tensor]:
        """The vectors of an embedding; one that is not there says nothing."""
        vectors = self.lookup(name, encoder.width)
        return [] if vectors is None else list(vectors)

    def _encode(self, chunks: Chunks, encoder: ClipEncoder) -> tuple[Tensor, Tensor]:
        """Hidden states 1×(77·N)×width and the first chunk's pooled vector, 1×P.

        A token of weight w lies w times as far from what the empty prompt has in its place.
        """
        marks = self._marks(encoder)
        layer = self.family.text_layer if self.skip is None else self.skip
        weights = torch.tensor([[token.weight for token in chunk] for chunk in chunks])[..., None]
        weighted = bool((weights != 1).any())
        batch = [*chunks, framed([], marks)] if weighted else chunks
        states, pooled = encoder.encode(batch, min(layer, LAST), self.family.text_norm, marks.end)
        if weighted:
            empty = states[-1]
            states = torch.where(weights == 1, states[:-1], (states[:-1] - empty) * weights + empty)
        return states.reshape(1, -1, states.shape[-1]), pooled[:1]
