"""Pictures that no task could read are refused before there is a task."""

import base64

import httpx2
import pytest

from tests.support.comfyui_api import huge
from tests.support.pictures import page, png

TASK = {"user_id": "user_1", "style_type": "clay"}
UNREADABLE = {
    "text": (b"only a text, and no picture", 422, "BAD_IMAGE"),
    "other format": (png(page(8, 8), format="BMP"), 422, "BAD_IMAGE"),
    "half a header": (png(page(8, 8))[:20], 422, "BAD_IMAGE"),
    "60000 x 60000": (huge(60000, 60000), 413, "TOO_LARGE"),
    "9000 x 9000": (huge(9000, 9000), 413, "TOO_LARGE"),
}


@pytest.fixture
def http(style):
    with httpx2.Client(base_url=style.url, timeout=30) as instance:
        yield instance


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_picture_is_no_task(http, style, name):
    data, status, code = UNREADABLE[name]
    before, files = http.get("/api/v1/stats").json()["stats"]["total_tasks"], style.stored_files()
    as_text = http.post("/api/v1/transform", json=TASK | {"image": base64.b64encode(data).decode()})
    as_form = http.post("/api/v1/transform/upload", data=TASK, files={"image": ("a.png", data, "image/png")})
    for answer in (as_text, as_form):
        assert (answer.status_code, answer.json()["error_code"]) == (status, code)
        assert answer.json()["success"] is False
    assert http.get("/api/v1/stats").json()["stats"]["total_tasks"] == before
    assert style.stored_files() == files


def test_a_picture_that_fits_is_accepted(http):
    image = base64.b64encode(png(page(64, 64))).decode()
    assert http.post("/api/v1/transform", json=TASK | {"image": image}).json()["status"] == "pending"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"image": "AAAA"}, "/image"),
        ({"image_url": "http://exa mple.com/"}, "/image_url"),
        ({"image": "AAAA", "webhook_url": "http://10.0.0.1/"}, "/webhook_url"),
        ({"image": base64.b64encode(png(page(8, 8))).decode(), "webhook_url": "http://10.0.0.1/"}, "/webhook_url"),
        ({"image": "AAAA", "style_type": "none"}, "/style_type"),
        ({"image": "AAAA", "workflow": "none"}, "/workflow"),
    ],
)
def test_a_field_that_is_refused_is_pointed_at(http, change, pointer):
    answer = http.post("/api/v1/transform", json=TASK | change)
    assert answer.status_code == 422
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]


def test_a_text_in_place_of_a_file_is_told(http):
    answer = http.post("/api/v1/transform/upload", data=TASK | {"image": "a.png"}, files={"x": ("a", b"a")})
    assert answer.json()["errors"] == [
        {"pointer": "/image", "detail": "must be a file of the multipart form, not a text"}
    ]


def test_a_file_that_is_too_large_is_pointed_at(http, style):
    too_large = b"\x89PNG" + bytes(style.settings.max_file_size)
    answer = http.post("/api/v1/transform/upload", data=TASK, files={"image": ("a.png", too_large, "image/png")})
    assert answer.status_code == 413, answer.text
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/image"]
