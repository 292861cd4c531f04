"""What a client generator needs of an OpenAPI document beyond what FastAPI writes into it.

operation ids by the names of the routes - HEAD beside GET - files as binary - an example for each operation
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from serve_app.openapi_examples import add_examples

Json = dict[str, Any]
FILES = ("image/", "video/", "application/zip", "application/pdf", "application/epub", "application/octet-stream")
STREAM = "text/event-stream"


def operation_id(route: APIRoute) -> str:
    """The name of the route's function, which is unique in its application but for a route with several paths."""
    return route.name


def complete_openapi(app: FastAPI) -> None:
    """Make the app's document complete."""
    make = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = make()
        _number_operations(document)
        for operation in _operations(document):
            _type_files(operation)
        add_examples(document)
        _add_head(document)
        return document

    app.openapi = openapi


def _operations(document: Json) -> Iterator[Json]:
    for path in document["paths"].values():
        yield from path.values()


def _number_operations(document: Json) -> None:
    """Operations of one route at several paths get numbers."""
    counts: dict[str, int] = {}
    for operation in _operations(document):
        name = operation["operationId"]
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > 1:
            operation["operationId"] = f"{name}_{counts[name]}"


def _type_files(operation: Json) -> None:
    for answer in operation["responses"].values():
        for media, content in answer.get("content", {}).items():
            if not content.get("schema"):
                binary = {"type": "string", "format": "binary"}
                content["schema"] = binary if media.startswith(FILES) else {"type": "string"} if media == STREAM else {}


def _add_head(document: Json) -> None:
    for path in document["paths"].values():
        if "get" in path and "head" not in path:
            path["head"] = _head_of(path["get"])


def _head_of(operation: Json) -> Json:
    answers = {
        status: {name: value for name, value in answer.items() if name != "content"}
        for status, answer in operation["responses"].items()
    }
    name, summary = f"{operation['operationId']}_head", f"{operation.get('summary', '')} (headers only)".strip()
    return operation | {"operationId": name, "summary": summary, "responses": answers}
