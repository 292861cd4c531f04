"""Prompts as the transformer reads them, each encoded once."""

import threading
from dataclasses import dataclass

import torch
from cachetools import LRUCache
from torch import Tensor

from engines.framepack.models import Models

KEPT = 256
LONGEST = 256


@dataclass(frozen=True)
class Words:
    """A prompt: ``text`` is 256×D of which ``length`` tokens are written, ``pooled`` P. Both lie on the CPU."""

    text: Tensor
    length: int
    pooled: Tensor


class Reader:
    """Encodes prompts and keeps the last 256 of them."""

    def __init__(self, models: Models) -> None:
        self._models = models
        self._known: LRUCache[str, Words] = LRUCache(KEPT)
        self._lock = threading.Lock()

    def read(self, prompt: str) -> Words:
        """The words of a prompt; what lies behind 256 tokens is not read."""
        with self._lock:
            if prompt not in self._known:
                self._known[prompt] = self._encode(prompt)
            return self._known[prompt]

    @torch.inference_mode()
    def _encode(self, prompt: str) -> Words:
        pipeline = self._models.pipeline
        with self._models.beside(pipeline.text_encoder, pipeline.text_encoder_2) as device:
            text, pooled, mask = pipeline.encode_prompt(
                prompt, prompt_template=self._models.template, device=device, max_sequence_length=LONGEST
            )
        return Words(text[0].cpu(), int(mask[0].sum()), pooled[0].cpu())
