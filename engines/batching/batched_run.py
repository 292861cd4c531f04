"""What shares the calls of a step batcher: a run, the rows that it asks, and the call that answers them."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Protocol

from torch import Tensor


class Row(Protocol):
    """One sample of a call."""

    @property
    def key(self) -> Hashable:
        """Rows with equal keys may share a call."""
        ...


class Run(Protocol):
    """A request between two calls of its model. All of its state is its own."""

    @property
    def lane(self) -> str:
        """The kind of work it is: each lane has places of its own."""
        ...

    @property
    def done(self) -> bool:
        """Whether ``result`` is there."""
        ...

    @property
    def result(self) -> Tensor:
        """What it made."""
        ...

    def stop_if_requested(self) -> None:
        """Raise where its owner wants it to end."""
        ...

    def rows(self) -> Sequence[Any]:
        """What the model must be asked now."""
        ...

    def feed(self, outputs: Sequence[Tensor]) -> None:
        """Take the answers to ``rows``, in their order."""
        ...


Evaluate = Callable[[Sequence[Any]], Sequence[Tensor]]
"""One call of a model: the answer to each row; all rows have one key."""
