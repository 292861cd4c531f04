"""LoRAs beside the weights, never in them: a set is active for one call, and gone when nobody uses it.

LORA_DIR/name.safetensors -> layers by diffusers' names -> peft adapters of the transformer -> active in a call

Layouts that are read: diffusers and peft (``transformer_blocks.0.attn.to_q.lora_A.weight``), kohya and musubi-tuner
(``lora_unet_transformer_blocks_0_attn_to_q.lora_down.weight`` with ``alpha``), and those of HunyuanVideo in either
naming.
"""

import hashlib
import threading
import warnings
from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor

from engines.framepack.lora_files import Match, match, read
from engines.framepack.models import Models
from engines.framepack.transformer import OneFrameTransformer
from engines.rowwise import make_rowwise

LoraSet = tuple[tuple[str, float], ...]
"""Names and scales, in the order in which they were asked for."""


class Loras:
    """The LoRAs of all transformers. Used from several threads: who calls a transformer holds it alone."""

    def __init__(self, models: Models, folder: Path) -> None:
        self._models = models
        self._folder = folder
        self._users: Counter[tuple[str, str]] = Counter()
        self._active: dict[str, LoraSet] = {}
        self._lock = threading.Lock()

    def match(self, name: str, variant: str) -> Match:
        """How a file fits. Raises InvalidInput for one that does not, with how many of its keys do."""
        return match(name, read(self._folder, name), self._models.transformer(variant))

    @property
    def loaded(self) -> list[str]:
        """The names of the files that are loaded."""
        with self._lock:
            return sorted({name for (_, name), users in self._users.items() if users > 0})

    @contextmanager
    def held(self, variant: str, loras: LoraSet) -> Generator[None]:
        """Keep a set loaded for the time of the block. Raises InvalidInput for files that do not fit."""
        matches = {name: self.match(name, variant) for name, _ in loras}
        with self._lock:
            for name, found in matches.items():
                self._take(variant, name, found.layers)
        try:
            yield
        finally:
            with self._lock:
                for name in matches:
                    self._leave(variant, name)

    @contextmanager
    def active(self, variant: str, loras: LoraSet) -> Generator[OneFrameTransformer]:
        """The transformer with this set, which must be held, for one call."""
        transformer = self._models.transformer(variant)
        with self._lock:
            self._switch(variant, transformer, loras)
            yield transformer

    def _switch(self, variant: str, transformer: OneFrameTransformer, loras: LoraSet) -> None:
        if self._active.get(variant, ()) == loras:
            return
        if loras:
            transformer.enable_lora()
            transformer.set_adapters([_adapter(name) for name, _ in loras], [scale for _, scale in loras])
        else:
            transformer.disable_lora()
        self._active[variant] = loras

    def _take(self, variant: str, name: str, layers: Mapping[str, Tensor]) -> None:
        self._users[variant, name] += 1
        if self._users[variant, name] > 1:
            return
        transformer = self._models.transformer(variant)
        prefixed = {f"transformer.{key}": value for key, value in layers.items()}
        with warnings.catch_warnings():
            # several adapters beside each other are meant
            warnings.filterwarnings("ignore", message="Already found a `peft_config` attribute")
            transformer.load_lora_adapter(prefixed, adapter_name=_adapter(name))
        if self._models.place.device.type == "cpu":
            make_rowwise(transformer)
        # a loaded adapter is active at once
        self._active[variant] = ((name, 1.0),)

    def _leave(self, variant: str, name: str) -> None:
        self._users[variant, name] -= 1
        if self._users[variant, name]:
            return
        del self._users[variant, name]
        transformer = self._models.transformer(variant)
        if any(other == variant for other, _ in self._users):
            transformer.delete_adapters(_adapter(name))
            # which ones are active now is peft's own affair: the next call says it anew
            self._active[variant] = (("", 0.0),)
        else:
            transformer.unload_lora()
            self._active.pop(variant, None)


def _adapter(name: str) -> str:
    """Peft takes no dots in names."""
    return "lora_" + hashlib.sha256(name.encode()).hexdigest()[:16]
