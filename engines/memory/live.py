"""The most memory that a computation holds at once, found by going through it with tensors that have no content."""

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

# shapes alone: a tensor of this mode has a size and a type, and no memory
SHAPES_ONLY = FakeTensorMode()


def instantiate(kind: Callable[[], nn.Module], dtype: torch.dtype) -> nn.Module:
    """A module whose tensors have no content."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with SHAPES_ONLY:
            return kind().eval()
    finally:
        torch.set_default_dtype(before)


def peak_bytes(module: nn.Module, work: Callable[[], Any]) -> int:
    """The most bytes that ``work`` holds at once beside the weights of ``module``, its result included."""
    watch = _Watch([*module.parameters(), *module.buffers()])
    with SHAPES_ONLY, torch.inference_mode(), watch:
        work()
    return watch.peak


class _Watch(TorchDispatchMode):
    """Counts storages from the operation that makes them to their end; ``held`` are not counted."""

    def __init__(self, held: Iterable[Tensor]) -> None:
        super().__init__()
        self._now = self.peak = 0
        self._known = {tensor.untyped_storage()._cdata for tensor in held}

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for each in tree_leaves(result):
            if isinstance(each, Tensor):
                self._note(each.untyped_storage())
        return result

    def _note(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return
        self._known.add(key)
        self._now += size
        self.peak = max(self.peak, self._now)
        weakref.finalize(storage, self._forget, key, size)

    def _forget(self, key: int, size: int) -> None:
        self._known.discard(key)
        self._now -= size
