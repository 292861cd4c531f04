"""Values that the wire schemas of several applications share."""

from typing import Annotated

from pydantic import AfterValidator


def _storable(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise ValueError("must not contain half of a surrogate pair") from error
    if "\0" in value:
        raise ValueError("must not contain NUL")
    return value


def _written(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return _storable(value)


Text = Annotated[str, AfterValidator(_storable)]
"""Text that can be sent and stored: JSON's escapes can write some that cannot."""

Written = Annotated[str, AfterValidator(_written)]
"""The same with something to see in it."""
