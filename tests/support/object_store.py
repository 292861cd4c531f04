"""An S3-compatible store as far as the blob store asks: objects of one bucket by path, for signed requests alone."""

import hashlib
import re
from xml.sax.saxutils import escape

from fastapi import FastAPI, Request, Response

DAY = "Fri, 27 Nov 2026 00:00:00 GMT"


def object_store(bucket: str, key_id: str) -> FastAPI:
    """The store; ``app.state.objects`` holds bytes by key."""
    app = FastAPI()
    objects: dict[str, bytes] = {}
    app.state.objects = objects

    @app.api_route(f"/{bucket}", methods=["GET", "POST"])
    async def on_bucket(request: Request) -> Response:
        if not _signed(request, key_id):
            return Response(status_code=403)
        if request.method == "POST":
            body = (await request.body()).decode()
            gone = [key for key in objects if f"<Key>{escape(key)}</Key>" in body]
            for key in gone:
                del objects[key]
            answer = "".join(f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in gone)
            return Response(f"<DeleteResult>{answer}</DeleteResult>", media_type="application/xml")
        prefix = request.query_params.get("prefix", "")
        found = "".join(_listed(key, data) for key, data in sorted(objects.items()) if key.startswith(prefix))
        return Response(f"<ListBucketResult>{found}</ListBucketResult>", media_type="application/xml")

    @app.api_route(f"/{bucket}/{{key:path}}", methods=["GET", "HEAD", "PUT", "DELETE"])
    async def on_object(request: Request, key: str) -> Response:
        if not _signed(request, key_id):
            return Response(status_code=403)
        match request.method:
            case "PUT":
                objects[key] = await request.body()
                return Response(headers={"ETag": _tag(objects[key])})
            case "DELETE":
                objects.pop(key, None)
                return Response(status_code=204)
        if key not in objects:
            return Response(status_code=404)
        data, status, headers = objects[key], 200, {"ETag": _tag(objects[key]), "Last-Modified": DAY}
        if requested := re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", "")):
            first, last = int(requested[1]), int(requested[2])
            headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
            data, status = data[first : last + 1], 206
        return Response(data, status, headers)

    return app


def _signed(request: Request, key_id: str) -> bool:
    return f"Credential={key_id}/" in request.headers.get("authorization", "")


def _tag(data: bytes) -> str:
    return f'"{hashlib.md5(data).hexdigest()}"'


def _listed(key: str, data: bytes) -> str:
    answer = f"<Key>{escape(key)}</Key><Size>{len(data)}</Size><ETag>{escape(_tag(data))}</ETag>"
    return f"<Contents>{answer}<LastModified>2026-11-27T00:00:00Z</LastModified></Contents>"
