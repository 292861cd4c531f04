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
from contextlib import ExitStack, contextmanager
from pathlib import Path

from diffusers.hooks.group_offloading import _maybe_remove_and_reapply_group_offloading
from torch import Tensor

from engines.batching.rowwise import make_rowwise
from engines.framepack.lora_files import Match, match, read
from engines.framepack.models import FramePackModels
from engines.framepack.transformer import OneFrameTransformer

LoraSet = tuple[tuple[str, float], ...]
"""Names and scales, in the order in which they were asked for."""
UNKNOWN: LoraSet = (("", 0.0),)
"""What is active is peft's own affair."""


class Loras:
    """The LoRAs of all transformers. Used from several threads: who calls a transformer holds it alone."""

    def __init__(self, models: FramePackModels, folder: Path) -> None:
        self._models = models
        self._folder = folder
        self._users: Counter[tuple[str, str]] = Counter()
        self._active: dict[str, LoraSet] = {}
        self._lock = threading.Lock()

    def match(self, name: str, variant: str) -> Match:
        """How a file fits. Raises InvalidInput for one that does not, with how many of its keys do."""
        return match(name, read(self._folder, name), self._models.targets(variant))

    @property
    def loaded(self) -> list[str]:
        """The names of the files that are loaded. It waits for no call: the copy is made in one go."""
        return sorted({name for _, name in list(self._users)})

    @contextmanager
    def held(self, variant: str, loras: LoraSet) -> Generator[None]:
        """Keep a set loaded for the time of the block. Raises InvalidInput for files that do not fit.

        A file that is replaced meanwhile counts from the moment on when nobody uses the old one.
        """
        with ExitStack() as stack:
            for name in dict.fromkeys(name for name, _ in loras):
                self._take(variant, name)
                stack.callback(self._leave, variant, name)
            yield

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
        self._active[variant] = UNKNOWN
        if loras:
            transformer.enable_lora()
            transformer.set_adapters([_adapter(name) for name, _ in loras], [scale for _, scale in loras])
        else:
            transformer.disable_lora()
        self._active[variant] = loras

    def _take(self, variant: str, name: str) -> None:
        with self._lock:
            if self._users[variant, name]:
                self._users[variant, name] += 1
                return
        # a file is read while others work; whoever reads it at the same time comes to the same
        layers = self.match(name, variant).layers
        with self._lock:
            if not self._users[variant, name]:
                self._load(variant, name, layers)
            self._users[variant, name] += 1

    def _load(self, variant: str, name: str, layers: Mapping[str, Tensor]) -> None:
        transformer = self._models.transformer(variant)
        prefixed = {f"transformer.{key}": value for key, value in layers.items()}
        # a loaded adapter is active at once, and after an error nobody knows: the next call says it anew
        self._active[variant] = UNKNOWN
        try:
            with _quietly():
                transformer.load_lora_adapter(prefixed, adapter_name=_adapter(name))
            self._put(transformer, _adapter(name), layers)
        except BaseException:
            self._unload(variant, name)
            raise
        if self._models.place.device.type == "cpu":
            make_rowwise(transformer)

    def _put(self, transformer: OneFrameTransformer, adapter: str, layers: Mapping[str, Tensor]) -> None:
        """The file's own numbers where the model computes: peft has rounded them as the model stores its own."""
        place = self._models.place
        for path, parameter in transformer.named_parameters():
            if f".{adapter}." in path:
                parameter.data = layers[path.replace(f".{adapter}.", ".")].to(place.device, place.dtype)
        # blocks that come one by one are listed with all their parts beforehand
        _maybe_remove_and_reapply_group_offloading(transformer)

    def _leave(self, variant: str, name: str) -> None:
        with self._lock:
            self._users[variant, name] -= 1
            if not self._users[variant, name]:
                self._unload(variant, name)

    def _unload(self, variant: str, name: str) -> None:
        del self._users[variant, name]
        transformer = self._models.transformer(variant)
        if any(other == variant for other, _ in self._users):
            with _quietly():
                transformer.delete_adapters(_adapter(name))
            self._active[variant] = UNKNOWN
        else:
            transformer.unload_lora()
            self._active.pop(variant, None)


@contextmanager
def _quietly() -> Generator[None]:
    """Peft warns of what is meant: several adapters beside each other, and that an active one is deleted."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Already found a `peft_config` attribute")
        warnings.filterwarnings("ignore", message="Adapter .* was active which is now deleted")
        yield


def _adapter(name: str) -> str:
    """Peft takes no dots in names."""
    return "lora_" + hashlib.sha256(name.encode()).hexdigest()[:16]
