"""Strings of a model's answer: one that is too long is cut, which is cheaper than asking again."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def _cut(most: int) -> Callable[[Any], Any]:
    return lambda value: value.strip()[:most] if isinstance(value, str) else value


Word = Annotated[str, BeforeValidator(_cut(24)), Field(description="at most 24 characters")]
Phrase = Annotated[str, BeforeValidator(_cut(60)), Field(description="at most 60 characters")]
Sentence = Annotated[str, BeforeValidator(_cut(240)), Field(description="at most 240 characters")]
