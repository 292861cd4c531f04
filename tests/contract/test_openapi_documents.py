"""The five OpenAPI documents as a client generator reads them."""

import itertools

import jsonschema
import pytest

from foundation.settings import get_settings
from graphs.framepack.app import create_framepack_app
from graphs.inpaint.app import create_inpaint_app
from graphs.manga.app import create_manga_app
from graphs.studio.app import create_studio_app
from graphs.style.app import create_style_app, make_catalogue
from tests.support.absent import ABSENT

MAKERS = {
    "inpaint": create_inpaint_app,
    "framepack": create_framepack_app,
    "style": lambda models: create_style_app(models, make_catalogue(get_settings())),
    "manga": create_manga_app,
    "studio": lambda _: create_studio_app({"/manga": "Manga"}),
}
METHODS = {"get", "head", "post", "delete", "put", "patch"}
FILES = ("image/", "video/", "application/zip", "application/pdf")


@pytest.fixture(params=MAKERS)
def document(request, tmp_path, monkeypatch):
    monkeypatch.setenv("KOMA_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield MAKERS[request.param](ABSENT).openapi()
    get_settings.cache_clear()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            yield path, method, operation


def test_operation_ids_are_readable_and_differ(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert max(map(len, ids)) < 40
    assert document["info"]["title"].isascii()


def test_head_is_there_where_get_is(document):
    for path, methods in document["paths"].items():
        assert ("head" in methods) == ("get" in methods), path


def test_files_are_declared_as_binary(document):
    for path, method, operation in operations(document):
        for answer in operation["responses"].values():
            for media, content in answer.get("content", {}).items():
                if media.startswith(FILES):
                    assert content["schema"] == {"type": "string", "format": "binary"}, (path, method)


def test_each_operation_has_examples_that_its_schema_allows(document):
    for path, method, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            assert "example" in parameter or "examples" in parameter, (path, parameter["name"])
        answers = [a.get("content", {}) for code, a in operation["responses"].items() if code[0] == "2"]
        for content in itertools.chain([operation.get("requestBody", {}).get("content", {})], answers):
            for media, each in content.items():
                if media == "application/json" and each.get("schema"):
                    check_example(document, each, (path, method))


def check_example(document, content, where):
    schema = content["schema"] | {"components": document["components"]}
    if "example" in content:
        jsonschema.Draft202012Validator(schema).validate(content["example"])
    else:
        assert content.get("examples"), where
