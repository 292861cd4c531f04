"""Errors on the wire: RFC 9457 ``application/problem+json`` with ``code``, ``hint`` and ``request_id``."""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Scope

from foundation.errors import InvalidInput, KomaError, Overloaded, ReplicaLost, StoreUnavailable, TooLarge
from serve_app.http.request_id import request_id
from serve_app.jobs.fields import FieldError, WrongField

logger = logging.getLogger("ray.serve")
MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
HINTS = {
    HTTPStatus.BAD_REQUEST: "Send the body as JSON in UTF-8, no deeper or longer than /docs shows, or as a whole form."
}


class Problem(BaseModel):
    """The body of every error."""

    type: str = Field(examples=["urn:koma:problem:invalid_input"])
    title: str = Field(examples=["A value is not valid"])
    status: int = Field(examples=[422])
    detail: str = Field(examples=["text: String should have at least 10 characters"])
    instance: str = Field(examples=["/api/v1/manga/generate"])
    code: str = Field(examples=["invalid_input"])
    hint: str = Field(examples=["Correct the field that the detail names; the limits are in /docs."])
    request_id: str = Field(examples=["5b0f5c3f6e0a4b6f9d4c2a1e7f8b9c0d"])
    errors: list[FieldError] = []
    diagnosis: dict[str, Any] | None = Field(
        default=None, description="Text removal only: the reason, and whether to retry."
    )
    success: bool | None = Field(default=None, description="Style transform only: false.")
    error_code: str | None = Field(default=None, description="Style transform only.", examples=["TASK_NOT_FOUND"])
    error_message: str | None = Field(default=None, description="Style transform only: the detail.")


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may fail with these statuses."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
            "model": Problem,
        }
        for status in statuses
    }


def add_problem_handlers(app: FastAPI) -> None:
    """Every way in which a request can fail ends here."""
    app.add_exception_handler(KomaError, _on_koma_error)
    app.add_exception_handler(WrongField, _on_wrong_field)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, _on_http_exception)


Members = Callable[[str, str, KomaError | None], Mapping[str, Any]]
"""Makes what a service adds to its problems, from code, detail, and the error where it is one of ours."""


def no_members(*_: Any) -> Mapping[str, Any]:
    """What a service adds that adds nothing."""
    return {}


def problem_of(
    error: KomaError, instance: str, errors: Sequence[FieldError] = (), members: Members = no_members
) -> Problem:
    """The wire form of an error of ours."""
    return Problem(
        type=f"urn:koma:problem:{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        instance=instance,
        code=error.code,
        hint=error.hint,
        request_id=request_id(),
        errors=list(errors),
        **members(error.code, error.detail, error),
    )


def respond(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """A problem as an answer."""
    return JSONResponse(problem.model_dump(exclude_unset=True), problem.status, dict(headers or {}), MEDIA_TYPE)


def _members_of(request: Request) -> Members:
    return request.app.state.application.members or no_members


async def _on_koma_error(request: Request, error: Exception) -> JSONResponse:
    known = cast(KomaError, error)
    later = isinstance(known, Overloaded | StoreUnavailable | ReplicaLost)
    again = {"Retry-After": str(RETRY_AFTER_SECONDS)} if later else None
    return respond(problem_of(known, request.url.path, members=_members_of(request)), again)


async def _on_wrong_field(request: Request, error: Exception) -> JSONResponse:
    known = cast(WrongField, error)
    return respond(problem_of(known.error, request.url.path, [known.field], _members_of(request)))


async def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    wrong = cast(RequestValidationError, error).errors()
    found = [FieldError(pointer=_pointer(each["loc"]), detail=detail_of(each)) for each in wrong]
    first = ": ".join(filter(None, (found[0].pointer.removeprefix("/"), found[0].detail))) if found else ""
    return respond(problem_of(InvalidInput(first), request.url.path, found, _members_of(request)))


def detail_of(wrong: Mapping[str, Any]) -> str:
    """What is wrong with a field, or with the body as a whole: one of pydantic's errors in plain words."""
    if wrong["loc"] == ("body",) and wrong["type"] in {"missing", "model_attributes_type", "dict_type"}:
        return "the body must be a JSON object, sent with Content-Type: application/json"
    if wrong["type"] == "json_invalid":
        return f"the body is not valid JSON: {wrong['ctx']['error']} at character {wrong['loc'][-1]}"
    if str(wrong["msg"]).startswith("Value error, Expected UploadFile"):
        return "must be a file of the multipart form, not a text"
    if wrong["type"] == "extra_forbidden":
        return "there is no such field; /docs lists those that there are"
    if wrong["type"] in {"string_too_long", "too_long"} and isinstance(wrong["input"], str):
        return f"must have at most {wrong['ctx']['max_length']} characters"
    return str(wrong["msg"]).removeprefix("Value error, ")


def _pointer(location: Sequence[str | int]) -> str:
    where, *rest = location
    # a place in the text, and no name in the body
    if where == "body" and len(rest) == 1 and isinstance(rest[0], int):
        return "/"
    parts = [str(part).replace("~", "~0").replace("/", "~1") for part in (rest if where == "body" else location)]
    return "/" + "/".join(parts)


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    known = cast(HTTPException, error)
    if known.status_code == TooLarge.status:
        return respond(problem_of(TooLarge(str(known.detail)), request.url.path, members=_members_of(request)))
    status = HTTPStatus(known.status_code)
    problem = Problem(
        type=f"urn:koma:problem:http_{status.value}",
        title=status.phrase,
        status=status.value,
        detail=str(known.detail),
        instance=request.url.path,
        code=status.name.lower(),
        hint=HINTS.get(status, "See /docs for the routes, their methods and limits."),
        request_id=request_id(),
        errors=[],
        **_members_of(request)(status.name.lower(), str(known.detail), None),
    )
    return respond(problem, known.headers)


def on_unforeseen(error: Exception, scope: Scope) -> ASGIApp:
    """The answer to an error that no handler knows."""
    logger.error("request %s failed", request_id(), exc_info=error)
    return respond(problem_of(KomaError("the request failed unexpectedly"), scope["path"]))
