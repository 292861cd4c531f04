"""What a client generator needs of an OpenAPI document beyond what FastAPI writes into it.

operation ids by the names of the routes - HEAD beside GET - files as binary - an example for each operation
"""

import re
from collections.abc import Iterator
from typing import Any, cast

from fastapi import FastAPI

from serve_app.http.application import Application
from serve_app.http.openapi_examples import add_examples

Json = dict[str, Any]
FILES = ("image/", "video/", "application/zip", "application/pdf", "application/epub", "application/octet-stream")
NO_WORD = r"\W"


def complete_openapi(app: FastAPI) -> None:
    """Make the app's document complete."""
    make = app.openapi

    def openapi() -> Json:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = make()
        _name_engines(document, app.state.application)
        _name_operations(document)
        for operation in _operations(document):
            _type_files(operation)
        add_examples(document)
        _add_head(document)
        return document

    app.openapi = openapi


def _name_engines(value: Any, application: Application) -> None:
    """A field that names an engine lists the builder's engines: ``x-engines`` names the table."""
    if isinstance(value, dict):
        schema = cast(Json, value)
        if table := schema.pop("x-engines", None):
            schema["enum"] = ["auto", "draft", *application.extras[table]]
        for inner in schema.values():
            _name_engines(inner, application)
    elif isinstance(value, list):
        for inner in cast(list[Any], value):
            _name_engines(inner, application)


def _operations(document: Json) -> Iterator[Json]:
    for path in document["paths"].values():
        yield from path.values()


def _name_operations(document: Json) -> None:
    """Operations are called as the functions of their routes; those of one function at several paths get numbers."""
    counts: dict[str, int] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            # FastAPI's own id is the function's name, the path and the method
            name = operation["operationId"].removesuffix(f"{re.sub(NO_WORD, '_', path)}_{method}")
            counts[name] = counts.get(name, 0) + 1
            operation["operationId"] = name if counts[name] == 1 else f"{name}_{counts[name]}"


def _type_files(operation: Json) -> None:
    for answer in operation["responses"].values():
        for media, content in answer.get("content", {}).items():
            if media.startswith(FILES) and not content.get("schema"):
                content["schema"] = {"type": "string", "format": "binary"}


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
