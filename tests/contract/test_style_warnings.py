"""Style tasks drop nothing in silence."""

import httpx2
import pytest

from tests.support.inpaint_api import IMAGE
from tests.support.pictures import page, png

WANTED = [("/strenght", "unknown_field")]


@pytest.fixture
def http(style):
    with httpx2.Client(base_url=style.url, timeout=60) as instance:
        yield instance


def codes(answer):
    return [(each["pointer"], each["code"]) for each in answer["warnings"]]


def test_an_unknown_field_is_a_warning_of_answer_and_task(http):
    body = {"user_id": "u", "image": IMAGE, "engine": "draft", "strenght": 0.9}
    accepted = http.post("/api/v1/transform", json=body).json()
    assert codes(accepted) == WANTED
    assert codes(http.get(f"/api/v1/task/{accepted['task_id']}").json()) == WANTED


def test_a_form_tells_its_unknown_fields_too(http):
    form = {"user_id": "u", "engine": "draft", "strenght": "0.9"}
    accepted = http.post("/api/v1/transform/upload", data=form, files={"image": ("a.png", png(page()), "image/png")})
    assert codes(accepted.json()) == WANTED


def test_a_request_without_faults_has_no_warning(http):
    accepted = http.post("/api/v1/transform", json={"user_id": "u", "image": IMAGE, "engine": "draft"}).json()
    assert accepted["warnings"] == []
