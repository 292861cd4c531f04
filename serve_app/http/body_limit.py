"""The body limit, counted while the body streams in.

FastAPI's own limit answers a large Content-Length in plain text, before any handler of ours.
"""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.errors import TooLarge
from foundation.settings import Settings
from serve_app.http.problems import problem_of, respond

# base64 takes 4 characters for 3 bytes
BASE64_SHARE = 4 / 3
OTHER_FIELDS_BYTES = 1_000_000


def largest_body(settings: Settings, pictures: int = 1) -> int:
    """Bytes of a body with this many pictures of the largest size in base64."""
    return int(pictures * settings.max_file_size * BASE64_SHARE) + OTHER_FIELDS_BYTES


class BodyLimitMiddleware:
    """Answers 413 to a body above ``max_bytes``, announced or not."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        detail = f"the body has more than {self._max} bytes"
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self._max:
            await respond(problem_of(TooLarge(detail), scope["path"]))(scope, receive, send)
            return
        counted = 0

        async def receive_counted() -> Message:
            nonlocal counted
            message = await receive()
            counted += len(message.get("body", b""))
            if counted > self._max:
                # FastAPI turns any other error during the reading of a body into a 400
                raise HTTPException(TooLarge.status, detail)
            return message

        await self._app(scope, receive_counted, send)
