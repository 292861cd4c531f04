"""Values of a node's inputs as an error tells them: small ones as they are, large ones in a few words."""

from typing import Any

from torch import Tensor

LONGEST_TEXT = 500


def shortened(value: Any) -> Any:
    """A value that JSON can hold: numbers and texts, shapes of tensors, and the kind of everything else."""
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]}… ({len(value)} characters)"
        case Tensor():
            return f"{'x'.join(map(str, value.shape))} tensor"
        case list() | tuple():
            return f"{type(value).__name__} of {len(value)}"  # pyright: ignore
        case _:
            return type(value).__name__
