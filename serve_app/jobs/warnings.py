"""What was not done as requested, and is no error.

body -> warnings (unknown fields, fields without effect) -> ``warnings`` of a JSON answer, or a header of a picture
"""

import json
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, PrivateAttr, model_validator

HEADER = "X-Koma-Warnings"
# proxies refuse answers whose headers pass 8 kB
LONGEST_HEADER = 4_000
MOST_WARNINGS = 50
LONGEST_NAME = 64


class RequestWarning(BaseModel):
    """Something that was not done as requested: a JSON pointer into the body, a code and a sentence."""

    pointer: str = Field(examples=["/strenght"])
    code: str = Field(examples=["unknown_field"])
    detail: str = Field(examples=["there is no field strenght; it was ignored"])


class StrictBody(BaseModel):
    """The body of a route of Koma's own: a field that it does not know is refused."""

    model_config = ConfigDict(extra="forbid")


class TolerantBody(BaseModel):
    """The body of a route that older clients call: ``warnings_of`` lists the fields that it ignored.

    ``other_names`` are read by a validator of the class, beside its fields.
    """

    other_names: ClassVar[frozenset[str]] = frozenset()
    _unknown: list[str] = PrivateAttr(default_factory=list[str])

    @model_validator(mode="wrap")
    @classmethod
    def _note_unknown_fields(cls, value: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        body = handler(value)
        body._unknown = unknown_names(value, cls.other_names.union(cls.model_fields))
        return body


def unknown_names(value: Any, known: Container[str]) -> list[str]:
    """The names in a JSON object that are not ``known``, as parts of a JSON pointer; none of another value."""
    names: list[Any] = list(value) if isinstance(value, Mapping) else []  # pyright: ignore
    return [_pointer_part(str(name)) for name in names if name not in known]


def _pointer_part(name: str) -> str:
    # half of a surrogate pair can be written in JSON, and neither sent nor stored
    sendable = name[:LONGEST_NAME].encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    return sendable.replace("~", "~0").replace("/", "~1")


def warnings_of(body: TolerantBody, without_effect: Mapping[str, str] | None = None) -> list[RequestWarning]:
    """The fields of a body that were ignored.

    ``without_effect`` says why known fields change nothing; they are listed where they differ from the default.
    """
    found = [_unknown(pointer) for pointer in _unknown_pointers(body, "")]
    for name, reason in (without_effect or {}).items():
        field = type(body).model_fields[name]
        if name in body.model_fields_set and getattr(body, name) != field.get_default(call_default_factory=True):
            found.append(RequestWarning(pointer=f"/{name}", code="no_effect", detail=f"{name} has no effect: {reason}"))
    if len(found) > MOST_WARNINGS:
        more = RequestWarning(pointer="", code="more", detail=f"{len(found) - MOST_WARNINGS} more warnings")
        return [*found[:MOST_WARNINGS], more]
    return found


def _unknown(pointer: str) -> RequestWarning:
    name = pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")
    return RequestWarning(pointer=pointer, code="unknown_field", detail=f"there is no field {name}; it was ignored")


def _unknown_pointers(body: TolerantBody, at: str) -> Iterator[str]:
    for name in body._unknown:  # pyright: ignore[reportPrivateUsage]
        yield f"{at}/{name}"
    for name in type(body).model_fields:
        yield from _within(getattr(body, name), f"{at}/{name}")


def _within(value: Any, at: str) -> Iterator[str]:
    if isinstance(value, TolerantBody):
        yield from _unknown_pointers(value, at)
    elif isinstance(value, list):
        for number, each in enumerate(value):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            if isinstance(each, TolerantBody):
                yield from _unknown_pointers(each, f"{at}/{number}")


def warning_header(warnings: Sequence[RequestWarning | Mapping[str, Any]]) -> dict[str, str]:
    """The header of an answer that is a picture: the warnings as ASCII JSON, as many as there is room for."""
    records = [each.model_dump() if isinstance(each, RequestWarning) else dict(each) for each in warnings]
    while records:
        if len(text := json.dumps(records, separators=(",", ":"))) <= LONGEST_HEADER:
            return {HEADER: text}
        records.pop()
    return {}
