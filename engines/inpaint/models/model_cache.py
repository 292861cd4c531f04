"""Loaded models within a memory budget: the least recently used goes first."""

import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cachetools import LRUCache

from engines.inpaint.models.catalogue import DRAFT, card_of, catalogue
from engines.inpaint.models.fillers import Filler
from engines.inpaint.models.loader import USUAL, Speed, load_model, working_bytes
from foundation.errors import EngineNotReady

MIB = 1 << 20
Result = TypeVar("Result")


@dataclass(frozen=True)
class LoadedModel:
    """A model with the bytes that it counts for."""

    filler: Filler
    size: int


class ModelCache:
    """Models by name, loaded on first use. Safe for threads; a model itself is used by one thread at a time."""

    def __init__(self, folder: Path, device: str, budget_mib: int, speed: Speed = USUAL) -> None:
        self._folder = folder
        self._device = device
        self._budget = budget_mib * MIB
        self._speed = speed
        self._loaded: LRUCache[str, LoadedModel] = LRUCache(self._budget, getsizeof=lambda model: model.size)
        self._lock = threading.Lock()

    def ready(self) -> list[str]:
        """The models whose files are there."""
        return [name for name, card in catalogue().items() if not card.missing(self._folder)]

    def loaded(self) -> list[str]:
        """The models in memory, the least recently used first."""
        return list(self._loaded)

    def choose(self, wanted: str, engine: str) -> str:
        """The model to use: ``wanted`` if its files are there, else the draft; the draft under ``draft``.

        Raises EngineNotReady when ``local`` is requested and its files are not there, InvalidInput for unknown names.
        """
        card = card_of(wanted)
        if engine == "draft":
            return DRAFT
        if not card.missing(self._folder):
            return wanted
        if engine == "local":
            raise EngineNotReady(
                f"{wanted} lacks {', '.join(card.missing(self._folder))}: ./scripts/fetch_models {wanted}"
            )
        return DRAFT

    def use(self, name: str, work: Callable[[Filler], Result]) -> Result:
        """Do something with a model, while nobody else does."""
        with self._lock:
            return work(self._get(name))

    def _get(self, name: str) -> Filler:
        if name in self._loaded:
            model = self._loaded.pop(name)
        else:
            need = working_bytes(card_of(name), self._folder) if not card_of(name).missing(self._folder) else 0
            self._make_room(need)
            # one that is larger than the budget is loaded all the same, alone
            filler = load_model(name, self._folder, self._device, self._speed)
            model = LoadedModel(filler, min(need, self._budget))
        # stored anew, so that the order is that of use
        self._loaded[name] = model
        return model.filler

    def _make_room(self, need: int) -> None:
        while self._loaded and self._loaded.currsize + need > self._budget:
            self._loaded.popitem()
            gc.collect()
