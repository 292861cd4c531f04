"""Prompts as the transformer reads them, each encoded once."""

from dataclasses import dataclass

import torch
from torch import Tensor

from engines.framepack.feature_cache import FeatureCache
from engines.framepack.models import FramePackModels

# a prompt takes 2 MiB in 16 bits, whatever its length, and 4 in 32
CACHE_BYTES = 256 * 2**20
LONGEST = 256


@dataclass(frozen=True)
class Words:
    """A prompt: ``text`` is 256×D of which ``length`` tokens are written, ``pooled`` P. Both lie on the CPU."""

    text: Tensor
    length: int
    pooled: Tensor

    @property
    def nbytes(self) -> int:
        """The bytes of both."""
        return self.text.nbytes + self.pooled.nbytes


class TextEncoder:
    """Encodes prompts, and keeps the last ones in 256 MiB."""

    def __init__(self, models: FramePackModels) -> None:
        self._models = models
        self.known = FeatureCache[Words](CACHE_BYTES)

    def read(self, prompt: str) -> Words:
        """The words of a prompt; what lies behind 256 tokens is not read."""
        return self.known.get(prompt, lambda: self._encode(prompt))

    @torch.inference_mode()
    def _encode(self, prompt: str) -> Words:
        pipeline = self._models.pipeline
        with self._models.beside(pipeline.text_encoder, pipeline.text_encoder_2) as device:
            text, pooled, mask = pipeline.encode_prompt(
                prompt, prompt_template=self._models.template, device=device, max_sequence_length=LONGEST
            )
        assert mask is not None
        return Words(text[0].cpu(), int(mask[0].sum()), pooled[0].cpu())
