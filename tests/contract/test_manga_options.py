"""Options of a manga: which go together, and which are refused with the reason."""

import pytest

from tests.support.manga_api import API, generate, problem


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"layout": "webtoon", "quality_level": "ultra_high"}, "a webtoon is not printed"),
        ({"ruby": "grade:3", "language": "en"}, "ruby grade:3 is for Japanese"),
        ({"ruby": "all", "text": "Once there was a fox who lived alone."}, "ruby all is for Japanese"),
    ],
)
def test_options_that_do_not_go_together_are_refused_with_the_reason(client, options, told):
    body = problem(generate(client, **options), 422, "invalid_input")
    assert told in str(body)


@pytest.mark.parametrize(
    "options",
    [
        {"layout": "webtoon"},
        {"layout": "page", "quality_level": "ultra_high"},
        {"ruby": "all"},
        {"ruby": "grade:1", "layout": "webtoon"},
        {"ruby": "marked", "language": "en"},
    ],
)
def test_options_that_go_together_are_taken(client, options):
    assert generate(client, **options).status_code == 202


def test_every_form_of_book_has_its_route(client):
    session = generate(client, layout="webtoon").json()["session_id"]
    for kind in ("pdf", "cbz", "epub", "png.zip", "svg.zip", "print.zip", "psd.zip", "webtoon.zip"):
        problem(client.get(f"{API}/sessions/{session}/export/{kind}"), 409, "conflict")
    problem(client.get(f"{API}/sessions/{session}/export/mobi"), 422, "invalid_input")
