"""Parts of long files by ``Range``, which players request when somebody seeks in a film (RFC 9110)."""

import re

from fastapi import Request, Response

from foundation.blobs import BlobStore, content_type

ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
PARTIAL, NOT_SATISFIABLE = 206, 416


async def ranged_file(request: Request, blobs: BlobStore, key: str, name: str, version: str = "") -> Response:
    """A stored file, or the requested part of it; a request for several parts gets the whole file.

    ``version`` says which content a key has that may come to have another one.
    """
    size, tag = await blobs.size(key), f'"{version or key.rpartition("/")[2]}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": tag,
        "Content-Disposition": f'inline; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
    }
    requested = ONE_RANGE.fullmatch(request.headers.get("range", "").strip())
    # a client that resumes names the file that it has the beginning of
    same = request.headers.get("if-range", tag) == tag
    if requested is None or not same or requested.groups() == ("", ""):
        return Response(await blobs.get(key), media_type=content_type(key), headers=headers)
    start, end = _bounds(requested[1], requested[2], size)
    if start >= end:
        return Response(status_code=NOT_SATISFIABLE, headers=headers | {"Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(await blobs.part(key, start, end), PARTIAL, headers, content_type(key))


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """The first byte, and the one behind the last; empty when there is nothing to give."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
