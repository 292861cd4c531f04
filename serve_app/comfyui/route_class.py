"""How ComfyUI's routes read bodies and answer errors.

A body is JSON whatever its ``Content-Type`` says: most scripts send none. Every error is
``{"error": {"type", "message", "details", "extra_info"}, "node_errors": {}}``; a value that is wrong is 400.
"""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException

from foundation.errors import Forbidden, KomaError, Overloaded, ReplicaLost, StoreUnavailable
from serve_app.http.problems import RETRY_AFTER_SECONDS, detail_of
from serve_app.http.request_id import request_id
from serve_app.jobs.stores import stores_of

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
UNPROCESSABLE, BAD_REQUEST = 422, 400
JSON_TYPE, FORM_TYPE = "application/json", "multipart/form-data"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ErrorBody(BaseModel):
    """What went wrong, in ComfyUI's words."""

    model_config = ConfigDict(json_schema_extra={"title": "ComfyUIError"})

    type: str
    message: str
    details: str
    extra_info: dict[str, Any] = {}


class Refusal(BaseModel):
    """A refused request. Errors of a workflow name its nodes."""

    error: ErrorBody
    node_errors: dict[str, Any]


class ComfyRoute(APIRoute):
    """A route of ComfyUI's own API."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler between the two conversions."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                refuse_foreign_origin(request)
                return await handle(_with_json_body(request))
            except RequestValidationError as error:
                return refused("invalid_request", "The request cannot be read", _first_of(error))
            except KomaError as error:
                return _answer_to(error)
            except HTTPException as error:
                return refused(f"http_{error.status_code}", str(error.detail), "", error.status_code)

        return handler


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may fail with these statuses."""
    return {status: {"model": Refusal} for status in statuses}


def refused(kind: str, message: str, details: str, status: int = BAD_REQUEST, hint: str = "") -> JSONResponse:
    """An error as an answer, with its hint."""
    extra = {"hint": hint, "request_id": request_id()} if hint else {}
    error = {"type": kind, "message": message, "details": details, "extra_info": extra}
    return JSONResponse({"error": error, "node_errors": {}}, status)


def refuse_foreign_origin(request: Request) -> None:
    """A page of another site must not drive a server: one on this machine, or by what a browser sends unasked.

    Raises Forbidden.
    """
    origin, host = request.headers.get("origin", ""), request.headers.get("host", "")
    if not origin or origin.partition("://")[2] == host or origin in stores_of(request).settings.origins:
        return
    if _name_of(host) in LOOPBACK or _is_sent_without_preflight(request):
        raise Forbidden("the Origin of this request is another site; CORS_ORIGINS names those that may call")


def _name_of(host: str) -> str:
    """The host without its port; any text may stand in a header."""
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name.strip("[]").lower()


def _is_sent_without_preflight(request: Request) -> bool:
    """Whether it is read as JSON although a browser does not take it for JSON, which would need a preflight."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return request.method == "POST" and media_type not in {JSON_TYPE, FORM_TYPE}


def _with_json_body(request: Request) -> Request:
    if request.headers.get("content-type", "").startswith(FORM_TYPE):
        return request
    headers = MutableHeaders(raw=list(request.scope["headers"]))
    headers["content-type"] = JSON_TYPE
    return Request({**request.scope, "headers": headers.raw}, request.receive)


def _first_of(error: RequestValidationError) -> str:
    found = error.errors()
    if not found:
        return ""
    _, *path = found[0]["loc"]
    # a place in the text is no name
    name = "/".join(str(part) for part in path if found[0]["type"] != "json_invalid")
    return ": ".join(filter(None, (name, detail_of(found[0]))))


def _answer_to(error: KomaError) -> JSONResponse:
    status = BAD_REQUEST if error.status == UNPROCESSABLE else error.status
    answer = refused(error.code, error.title, error.detail, status, error.hint)
    if isinstance(error, Overloaded | StoreUnavailable | ReplicaLost):
        answer.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer
