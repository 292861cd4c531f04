"""API keys: with ``API_KEYS`` set, whoever has none of them is answered 401.

A key comes as ``Authorization: Bearer KEY``, as ``X-API-Key: KEY``, or as the password of HTTP Basic under any user
name, which is how a browser sends it with pages, fetches and sockets alike.
"""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from starlette._utils import get_route_path  # the path that the router will see, and no other
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from foundation.errors import Forbidden, KomaError, NoKey
from serve_app.http.problems import Members, no_members, problem_of, respond

CHALLENGES = ('Basic realm="koma", charset="UTF-8"', 'Bearer realm="koma"')
HEALTH_PATHS = frozenset({"/health", "/api/v1/health"})
# probes carry no key; a file link carries its own signature
FREE_PREFIXES = ("/health/", "/files/")
SAFE_METHODS = frozenset({"GET", "HEAD"})


def is_free(path: str) -> bool:
    """Whether a path below the application's prefix is served without a key."""
    return path in HEALTH_PATHS or path.startswith(FREE_PREFIXES)


class KeyMiddleware:
    """Lets pass what carries a key, and what is free. A socket is refused before it is accepted."""

    def __init__(
        self, app: ASGIApp, keys: Iterable[str], origins: Sequence[str], members: Members | None = None
    ) -> None:
        self._app = app
        self._digests = [_digest(key) for key in keys]
        self._origins = frozenset(origins)
        self._members = members or no_members

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] not in {"http", "websocket"} or is_free(get_route_path(scope)):
            await self._app(scope, receive, send)
            return
        error = self._refusal(scope)
        if error is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
            # a server that cannot answer a handshake with a body makes a 403 of this
            await send({"type": "websocket.close", "code": 1008, "reason": error.title})
        else:
            answer = respond(problem_of(error, scope["path"], members=self._members))
            if isinstance(error, NoKey):
                for challenge in CHALLENGES:
                    answer.headers.append("WWW-Authenticate", challenge)
            await answer(scope, receive, send)

    def _refusal(self, scope: Scope) -> KomaError | None:
        headers = Headers(scope=scope)
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        match scheme.lower():
            case "bearer":
                sent = credentials.strip()
            case "basic":
                sent = _password(credentials.strip())
            case _:
                sent = headers.get("x-api-key", "")
        if not sent:
            return NoKey("the request carries no API key")
        if not self._knows(sent):
            return NoKey("the API key of the request is not known here")
        if scheme.lower() == "basic" and not self._from_here(scope, headers):
            return Forbidden("another site's page may not use the key that this browser keeps; see CORS_ORIGINS")
        return None

    def _knows(self, sent: str) -> bool:
        """Compare with every key, so that the time reveals neither which key was close nor how close."""
        digest = _digest(sent)
        return sum(hmac.compare_digest(digest, known) for known in self._digests) > 0

    def _from_here(self, scope: Scope, headers: Headers) -> bool:
        """Whether the request comes from our own page: a browser sends a stored password for any page."""
        origin = headers.get("origin")
        if origin is None or origin in self._origins or scope.get("method") in SAFE_METHODS:
            return True
        return urlsplit(origin).netloc == headers.get("host")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
