"""``GET /files/{key}``: results by signed, expiring links."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response, WebSocket

from foundation.blobs import content_type
from serve_app.http.problems import problem_responses
from serve_app.jobs.stores import Stores, StoresOf, http_base, stores_of

router = APIRouter(tags=["files"])
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


def file_link(request: Request, key: str | None) -> str | None:
    """A fresh link to a stored file, on this request's own host and prefix."""
    if key is None:
        return None
    return signed_link(request, stores_of(request), key)


def signed_link(connection: Request | WebSocket, stores: Stores, key: str) -> str:
    """The same for a socket's app too; the link is for HTTP."""
    return stores.signer.link(http_base(connection), key)


def file_response(data: bytes, key: str, seconds: int) -> Response:
    """Stored bytes with headers that keep a browser from guessing."""
    name = key.rpartition("/")[2]
    headers = SAFE_HEADERS | {
        "Content-Disposition": f'inline; filename="{name}"',
        "Cache-Control": f"private, max-age={seconds}",
    }
    return Response(data, media_type=content_type(key), headers=headers)


@router.get("/files/{key:path}", response_class=Response, responses=problem_responses(403, 404, 410, 422, 503))
async def get_file(
    stores: StoresOf,
    key: str,
    exp: Annotated[int, Query(description="Expiry of the link, in seconds since 1970.", ge=0, le=2**53)],
    sig: Annotated[str, Query(description="Signature of the link.", max_length=128)],
) -> Response:
    """Return a stored file."""
    stores.signer.check(key, exp, sig)
    return file_response(await stores.blobs.get(key), key, stores.settings.file_link_seconds)
