"""What Serve's HTTP proxy does before it looks for an application, by RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH."""

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from foundation.request_ids import plain_or_new

CALLBACK = "deployments.proxy:middlewares"
REQUEST_ID = "x-request-id"


class PlainRequestId:
    """Replaces an ``X-Request-ID`` that is no plain word: Serve would send back whatever came."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] in {"http", "websocket"}:
            headers = MutableHeaders(scope=scope)
            headers[REQUEST_ID] = plain_or_new(headers.get(REQUEST_ID, ""))
        await self._app(scope, receive, send)


def middlewares() -> list[Middleware]:
    """The middlewares of the proxy, the last one outermost; Serve's own id of a request lies within."""
    return [Middleware(PlainRequestId)]
