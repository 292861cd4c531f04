"""API keys in the OpenAPI document: three ways to send one, and the routes that need none."""

from typing import Any

from fastapi import FastAPI

from serve_app.http.keys import is_free
from serve_app.http.problems import problem_responses

SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "basic": {"type": "http", "scheme": "basic", "description": "The key as password of any user name."},
}


def describe_keys(app: FastAPI) -> None:
    """Add the schemes to the app's document, and 401 and 403 to each route that needs a key."""
    make = app.openapi
    refusals = {str(status): _without_model(response) for status, response in problem_responses(401, 403).items()}

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = make()
        document.setdefault("components", {})["securitySchemes"] = SCHEMES
        document["security"] = [{name: []} for name in SCHEMES]
        for path, operations in document["paths"].items():
            for operation in operations.values():
                if is_free(path):
                    operation["security"] = []
                else:
                    operation["responses"] = refusals | operation["responses"]
        return document

    app.openapi = openapi


def _without_model(response: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in response.items() if name != "model"}
