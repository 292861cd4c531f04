"""Options of a manga: which go together, and which are refused with the reason."""

import pytest

from tests.support.manga_api import API, STORY, generate
from tests.support.problems import problem

ENGLISH = "Once there was a fox who lived alone."


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"layout": "webtoon", "quality_level": "ultra_high"}, "a webtoon is not printed"),
        ({"ruby": "grade:3", "language": "en", "text": ENGLISH}, "ruby grade:3 is for Japanese"),
        ({"ruby": "all", "text": ENGLISH}, "ruby all is for Japanese"),
        ({"language": "en"}, "leave language out"),
        ({"language": "ja", "text": ENGLISH}, "leave language out"),
        (
            {"text": "宋国有个农民，他的田里有一棵树。有一天，一只兔子跑过来。"},
            "the text is Chinese; stories in Japanese",
        ),
        ({"text": "한국어로 쓴 이야기입니다. 안녕하세요."}, "stories in Japanese, and in English"),
    ],
)
def test_options_that_do_not_go_together_are_refused_with_the_reason(client, options, reason):
    body = problem(generate(client, **options), 422, "invalid_input")
    assert reason in str(body)


@pytest.mark.parametrize(
    "options",
    [
        {"layout": "webtoon"},
        {"layout": "page", "quality_level": "ultra_high"},
        {"ruby": "all"},
        {"ruby": "grade:1", "layout": "webtoon"},
        {"ruby": "marked", "language": "en", "text": ENGLISH},
    ],
)
def test_options_that_go_together_are_taken(client, options):
    assert generate(client, **options).status_code == 202


def test_every_form_of_book_has_its_route(client):
    session = generate(client, layout="webtoon").json()["session_id"]
    for kind in ("pdf", "cbz", "epub", "png.zip", "svg.zip", "print.zip", "psd.zip", "webtoon.zip"):
        problem(client.get(f"{API}/sessions/{session}/export/{kind}"), 409, "conflict")
    problem(client.get(f"{API}/sessions/{session}/export/mobi"), 422, "invalid_input")


@pytest.mark.parametrize(
    ("engines", "pointer"),
    [
        ({"writer": "gpt"}, "/engines/writer"),
        ({"artist": "midjourney"}, "/engines/artist"),
        ({"panels": {"p1.panel1": "nobody"}}, "/engines/panels/p1.panel1"),
        ({"panels": {"panel one": "draft"}}, "/engines/panels/panel one"),
        ({"panels": {f"p1.panel{n}": "draft" for n in range(501)}}, "/engines/panels"),
        ({"panels": ["draft"]}, "/engines/panels"),
        ("draft", "/engines"),
    ],
)
def test_engines_that_nobody_knows_are_refused_by_name(client, engines, pointer):
    body = problem(generate(client, engines=engines), 422, "invalid_input")
    assert any(error["pointer"].startswith(pointer) for error in body["errors"]), body["errors"]


@pytest.mark.parametrize(
    ("engines", "pointer", "hint"),
    [
        ({"writer": "gemini"}, "/engines/writer", "VERTEX_PROJECT"),
        ({"artist": "imagen"}, "/engines/artist", "VERTEX_PROJECT"),
        ({"artist": "gemini"}, "/engines/artist", "VERTEX_PROJECT"),
        ({"panels": {"p1.panel3": "framepack"}}, "/engines/panels/p1.panel3", "no weights for framepack"),
    ],
)
def test_an_engine_that_is_not_ready_is_refused_with_what_mends_it(client, engines, pointer, hint):
    body = problem(generate(client, engines=engines), 409, "engine_not_ready")
    assert body["errors"][0]["pointer"] == pointer
    assert hint in body["detail"]
    assert client.get(f"{API}/sessions").json()["total"] == 0


def test_the_draft_engines_are_always_taken(client):
    engines = {"writer": "draft", "artist": "auto", "panels": {"p1.panel1": "draft"}}
    assert generate(client, engines=engines, fallback=True).status_code == 202


def test_engines_tell_who_is_ready_and_what_mends_the_others(client):
    payload = client.get(f"{API}/engines").json()
    assert set(payload["writers"]) == {"draft", "gemini"}
    assert set(payload["artists"]) == {"draft", "diffuser", "framepack", "imagen", "gemini"}
    assert payload["artists"]["draft"]["ready"]
    assert not payload["artists"]["imagen"]["ready"]
    assert "VERTEX_PROJECT" in payload["writers"]["gemini"]["detail"]


def test_unknown_fields_and_a_style_without_effect_are_told(client):
    body = {"text": STORY, "pages": 3, "reference_images": ["x"], "style": "watercolour"}
    accepted = client.post("/api/v1/manga/generate", json=body).json()
    wanted = [("/pages", "unknown_field"), ("/reference_images", "unknown_field"), ("/style", "no_effect")]
    assert [(each["pointer"], each["code"]) for each in accepted["warnings"]] == wanted
    session = client.get(f"/api/v1/manga/sessions/{accepted['session_id']}").json()
    assert session["warnings"] == accepted["warnings"]
    assert client.post("/api/v1/manga/generate", json={"text": STORY}).json()["warnings"] == []
