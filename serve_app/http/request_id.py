"""A request id for every answer: the caller's ``X-Request-ID`` when it is sane, else a new one."""

import logging
from collections.abc import Callable
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.request_ids import plain_or_new

HEADER = "x-request-id"
STARTS = frozenset({"http.response.start", "websocket.http.response.start"})
logger = logging.getLogger("ray.serve")
_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that is being served."""
    return _current.get()


class RequestIdMiddleware:
    """Sets the id for the time of a request and puts it on the answer."""

    def __init__(self, app: ASGIApp, on_error: Callable[[Exception, Scope], ASGIApp]) -> None:
        self._app = app
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its id."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        chosen = plain_or_new(given)
        if given and chosen != given:
            # Serve logs under what was given, where its proxy has no middleware of ours
            logger.info("X-Request-ID is not a plain word; the client knows this request as %s", chosen)

        async def send_with_id(message: Message) -> None:
            if message["type"] in STARTS:
                MutableHeaders(scope=message)[HEADER] = chosen
            await send(message)

        token = _current.set(chosen)
        try:
            await self._serve(scope, receive, send_with_id)
        finally:
            _current.reset(token)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what nobody foresaw here, where the id and the headers of CORS are still known."""
        started = False

        async def send_noted(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception as error:
            # an accepted socket is the server's to close
            if started or scope["type"] == "websocket":
                raise
            await self._on_error(error, scope)(scope, receive, send)
