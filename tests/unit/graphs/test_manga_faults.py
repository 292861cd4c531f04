"""Each fault of Google's service in words and in pictures: the session goes on, falls back, or says why."""

import pytest

from foundation.jobs.types import State
from foundation.settings import get_settings
from tests.unit.graphs.sessions import SHORT, chosen, drawn, outputs, reached, running, submit

PASSING = [
    ("rate_limit", {"times": 2, "retry_after": 0.1}),
    ("unavailable", {"times": 1}),
    ("truncate", {"times": 1, "where": "text"}),
    ("garbage", {"times": 1, "where": "text"}),
]
IN_WORDS = {
    "unavailable": "vertex_unreachable",
    "not_found": "vertex_model_unavailable",
    "unauthorized": "vertex_auth_failed",
    "invalid": "vertex_refused",
    "block": "content_blocked",
    "truncate": "vertex_invalid_output",
    "garbage": "vertex_invalid_output",
    "hang": "vertex_",
}
IN_PICTURES = {kind: IN_WORDS[kind] for kind in ("unavailable", "not_found", "unauthorized", "invalid", "hang")}
IN_PICTURES |= {"filter": "content_blocked"}


@pytest.fixture
def impatient(engines, monkeypatch, request):
    """The engines with few tries; with little time where no answer comes, for what is told at once needs none."""
    monkeypatch.setenv("VERTEX_ATTEMPTS", "2")
    if request.node.callspec.params["kind"] == "hang":
        monkeypatch.setenv("MANGA_TEXT_BUDGET_S", "0.5")
        monkeypatch.setenv("MANGA_IMAGE_BUDGET_S", "0.5")
    get_settings.cache_clear()
    return engines


@pytest.mark.parametrize(("kind", "how"), PASSING, ids=[kind for kind, _ in PASSING])
async def test_what_passes_is_not_seen(engines, emulator, kind, how):
    emulator.fault(kind, **how)
    result = await drawn(engines, **chosen("imagen", writer="gemini"))
    assert result["name_generation"]["engine"] == "gemini"
    assert result["scene_imagery"]["quality_analysis"]["failed"] == 0
    assert result["scene_imagery"]["quality_analysis"]["fell_back"] == []


@pytest.mark.parametrize(("kind", "code"), IN_WORDS.items())
async def test_without_fallback_a_fault_in_words_ends_the_session_with_its_reason(impatient, emulator, kind, code):
    emulator.fault(kind, times=-1, where="text")
    job = await submit(impatient, text=SHORT, **chosen(writer="gemini"))
    async with running(impatient):
        ended = await reached(impatient, job, State.FAILED)
    assert ended.error["code"].startswith(code)
    assert ended.error["hint"]


@pytest.mark.parametrize(("kind", "code"), IN_WORDS.items())
async def test_with_fallback_the_rules_write(impatient, emulator, kind, code):
    emulator.fault(kind, times=-1, where="text")
    result = await drawn(impatient, **chosen(writer="gemini", fallback=True))
    for step in ("concept_analysis", "character_design", "story_structure", "name_generation"):
        assert result[step]["engine"] == "draft"
        assert result[step]["fell_back"][0]["code"].startswith(code)


@pytest.mark.parametrize(("kind", "code"), IN_PICTURES.items())
async def test_without_fallback_a_fault_in_pictures_fails_the_panels_with_its_reason(impatient, emulator, kind, code):
    emulator.fault(kind, times=-1, where="image")
    result = await drawn(impatient, **chosen("draft", **{"p1.panel1": "imagen", "p1.panel2": "gemini"}))
    images = {image["panel_id"]: image for image in result["scene_imagery"]["generated_images"]}
    for panel in ("p1.panel1", "p1.panel2"):
        assert not images[panel]["success"]
        assert images[panel]["error"]["code"].startswith(code)
    assert result["scene_imagery"]["quality_analysis"]["failed"] == 2


@pytest.mark.parametrize(("kind", "code"), IN_PICTURES.items())
async def test_with_fallback_somebody_draws(impatient, emulator, kind, code):
    emulator.fault(kind, times=-1, where="image")
    result = await drawn(impatient, **chosen("imagen", fallback=True))
    images = result["scene_imagery"]["generated_images"]
    assert all(image["success"] for image in images)
    assert all(image["fell_back"][0]["code"].startswith(code) for image in images)


async def test_a_fault_in_a_later_phase_keeps_what_was_written(engines, emulator):
    emulator.fault("block", times=-1, model="argon")
    job = await submit(engines, text=SHORT, **chosen(writer="gemini"))
    async with running(engines):
        await reached(engines, job, State.FAILED)
    assert (await outputs(engines, job))["concept_analysis"]["engine"] == "gemini"
