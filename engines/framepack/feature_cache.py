"""What was worked out lately, kept within a bound of bytes."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from cachetools import LRUCache


class Sized(Protocol):
    """What knows how many bytes it holds."""

    @property
    def nbytes(self) -> int:
        """Its bytes."""
        ...


Value = TypeVar("Value", bound=Sized)


class FeatureCache(Generic[Value]):
    """The values of the last keys, together at most ``most`` bytes. Two that want the same one make it once."""

    def __init__(self, most: int) -> None:
        self._values: LRUCache[Hashable, Value] = LRUCache(most, getsizeof=lambda value: value.nbytes)
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """The bytes that are kept."""
        return int(self._values.currsize)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """The value of a key; one that is larger than the bound is made each time."""
        with self._lock:
            if (found := self._values.get(key)) is not None:
                return found
            value = make()
            if value.nbytes <= self._values.maxsize:
                self._values[key] = value
            return value
