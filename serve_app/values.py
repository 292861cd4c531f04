"""Values that the wire schemas of several applications share."""

from typing import Annotated

from pydantic import AfterValidator


def _written(value: str) -> str:
    if not value.strip() or "\0" in value:
        raise ValueError("must not be empty")
    return value


Written = Annotated[str, AfterValidator(_written)]
"""Text with something to see in it, and without NUL, which no database takes."""
