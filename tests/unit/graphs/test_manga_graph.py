"""The seven phases over the real engines, without Ray: outputs, people, determinism."""

import io
import zipfile

from PIL import Image

from engines.comic.checks import panel as checks
from engines.comic.document import Document, Drawing, Page, Panel
from foundation.jobs.types import State
from tests.support.waiting import eventually
from tests.unit.graphs.sessions import SHORT, STORY, outputs, reached, running, submit

SEED_FIELDS = {
    "concept_analysis": {"original_text", "text_length", "themes", "genre", "world_setting", "tone", "estimated_pages"},
    "character_design": {"characters", "visual_descriptions", "character_relationships", "portraits"},
    "story_structure": {"story_structure", "plot_progression", "scene_breakdown", "total_scenes", "conflict_structure"},
    "name_generation": {"page_layouts", "panel_specifications", "camera_work"},
    "scene_imagery": {"generated_images", "quality_analysis", "consistency_report", "parallel_efficiency_score"},
    "dialogue_layout": {"dialogue_content", "text_placements", "typography_specifications", "bubble_designs"},
    "final_composition": {"quality_assessment", "compiled_pages", "output_formats", "overall_quality_score"},
}


async def test_strict_fails_with_the_characters_that_no_face_has(manga_resources):
    job = await submit(manga_resources, strict=True, text=STORY + "「안녕」")
    async with running(manga_resources):
        now = await reached(manga_resources, job, State.FAILED)
    assert "안 (U+C548), 녕 (U+B155)" in str(now.error)
    assert "strict: false" in str(now.error)


async def test_a_story_becomes_checked_pages_and_books(manga_resources):
    job = await submit(manga_resources)
    async with running(manga_resources):
        await reached(manga_resources, job, State.COMPLETED)
    results = await outputs(manga_resources, job)
    assert {step: fields - set(results[step]) for step, fields in SEED_FIELDS.items()} == {
        s: set() for s in SEED_FIELDS
    }
    final = results["final_composition"]
    assert [c for page in final["compiled_pages"] for c in page["checks_failed"]] == []
    assert final["production_ready"] is True
    assert final["text_coverage"]["quotes"]["lost"] == []
    assert final["text_coverage"]["missing_glyphs"]["count"] == 0
    page = Image.open(io.BytesIO(await manga_resources.blobs.get(final["compiled_pages"][0]["image_key"])))
    assert page.size == (1200, 1700)
    document = Document.model_validate_json(await manga_resources.blobs.get(final["document_key"]))
    assert len(document.pages) == len(final["compiled_pages"])
    assert all(panel.id in p.drawings and panel.id in p.letterings for p in document.pages for panel in p.panels)
    pdf = await manga_resources.blobs.get(final["output_formats"]["pdf"]["file_key"])
    assert pdf.startswith(b"%PDF")
    for kind in ("cbz", "png.zip"):
        book = zipfile.ZipFile(io.BytesIO(await manga_resources.blobs.get(final["output_formats"][kind]["file_key"])))
        assert book.testzip() is None
        assert sum(name.endswith(".png") for name in book.namelist()) == len(document.pages)


async def test_a_webtoon_is_one_scroll_with_its_strips(manga_resources):
    job = await submit(manga_resources, layout="webtoon", ruby="grade:2")
    async with running(manga_resources):
        await reached(manga_resources, job, State.COMPLETED)
    final = (await outputs(manga_resources, job))["final_composition"]
    assert [c for page in final["compiled_pages"] for c in page["checks_failed"]] == []
    assert set(final["output_formats"]) == {"pdf", "cbz", "epub", "png.zip", "svg.zip", "webtoon.zip"}
    document = Document.model_validate_json(await manga_resources.blobs.get(final["document_key"]))
    assert document.layout == "webtoon"
    assert document.genre
    assert {page.size[0] for page in document.pages} == {800}
    strips = zipfile.ZipFile(
        io.BytesIO(await manga_resources.blobs.get(final["output_formats"]["webtoon.zip"]["file_key"]))
    )
    assert sum(Image.open(strips.open(n)).height for n in strips.namelist()) == sum(p.size[1] for p in document.pages)


async def test_the_same_text_options_and_seed_give_the_same_bytes(manga_resources):
    jobs = [await submit(manga_resources, text=SHORT, seed=seed) for seed in (0, 0, 3)]
    async with running(manga_resources):
        for job in jobs:
            await reached(manga_resources, job, State.COMPLETED)
    first, again, other = [(await outputs(manga_resources, job))["final_composition"] for job in jobs]

    def names(final):
        keys = [page[kind] for page in final["compiled_pages"] for kind in ("image_key", "svg_key")]
        keys += [result["file_key"] for result in final["output_formats"].values()] + [final["document_key"]]
        return [key.rpartition("/")[2] for key in keys]

    # a key ends in the hash of the content
    assert names(first) == names(again)
    assert names(first) != names(other)


async def test_a_regenerated_name_is_another_and_earlier_phases_stay(manga_resources):
    job = await submit(manga_resources, hitl_enabled=True)
    async with running(manga_resources):
        for step in ("concept_analysis", "character_design", "story_structure"):
            await approve_when_requested(manga_resources, job, step)
        await review_requested(manga_resources, job, "name_generation")
        before = await outputs(manga_resources, job)
        await manga_resources.store.signal(job, "name_generation", "regenerate", {"text": "", "apply": True})
        await review_requested(manga_resources, job, "name_generation", times=2)
        after = await outputs(manga_resources, job)
        await manga_resources.store.cancel(job.id, "manga")
    assert after["name_generation"]["panel_specifications"] != before["name_generation"]["panel_specifications"]
    assert after["character_design"] == before["character_design"]


async def review_requested(resources, job, step, times=1):
    """Return when a person was asked so often for a review of the step."""

    async def look():
        events = await resources.store.events(job)
        return sum(e.kind == "feedback_request" and e.data["step"] == step for e in events) >= times

    await eventually(look, 60)


async def approve_when_requested(resources, job, step):
    await review_requested(resources, job, step)
    await resources.store.signal(job, step, "approve", {"text": "", "apply": True})


def test_a_page_made_by_hand_says_what_is_wrong():
    panel = Panel(id="p1.panel1", page=1, number=1, scene=1, polygon=[(60, 60), (900, 60), (900, 900), (60, 900)])
    page = Page(number=1, panels=[panel], drawings={panel.id: Drawing(panel=panel.id, svg="")})
    found = checks.check_page(page, Document(title="x", pages=[page]))
    assert [c.name for c in found if not c.passed]
    assert checks.quality([found])["production_ready"] is False
