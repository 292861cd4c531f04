"""Sessions on every route: who writes, who draws, what happens when one cannot."""

import io
import json

import pytest
from PIL import Image

from engines.artist.scene_prompt import version
from engines.comic.document import Document, Drawing
from foundation.jobs.types import State
from foundation.settings import get_settings
from tests.support.waiting import eventually
from tests.unit.graphs.sessions import SHORT, chosen, drawn, outputs, reached, running, submit


async def document_of(resources, result):
    return Document.model_validate_json(await resources.blobs.get(result["final_composition"]["document_key"]))


@pytest.mark.parametrize("artist", ["framepack", "diffuser", "imagen", "gemini"])
async def test_every_engine_draws_a_session(engines, artist):
    result = await drawn(engines, **chosen(artist))
    images = result["scene_imagery"]["generated_images"]
    assert {image["engine"] for image in images} == {artist}
    assert all(image["success"] and image["model"] for image in images)
    assert {image["prompts"] for image in images} == {version()}
    models = {"framepack": "framepack", "diffuser": "style_scribble", "gemini": "gemini-3.1-flash-image"}
    assert {image["model"] for image in images} == {models.get(artist, "imagen-4.0-generate-001")}
    assert result["scene_imagery"]["quality_analysis"]["failed"] == 0
    assert {portrait["engine"] for portrait in result["character_design"]["portraits"]} == {artist}
    document = await document_of(engines, result)
    assert document.provenance["artist"] == artist
    for page in document.pages:
        for panel in page.panels:
            drawing = page.drawings[panel.id]
            assert "data:image/jpeg;base64," in drawing.svg
            # the plan's figures are where the sketch had them, whoever drew
            assert {figure.character for figure in drawing.figures} <= {f.character for f in panel.figures}
    with Image.open(io.BytesIO(await engines.blobs.get(images[0]["image_key"]))) as image:
        assert len(set(image.convert("L").tobytes())) > 16


async def test_engines_of_single_panels(engines):
    result = await drawn(engines, **chosen("draft", **{"p1.panel2": "framepack"}))
    by = {image["panel_id"]: image["engine"] for image in result["scene_imagery"]["generated_images"]}
    assert by.pop("p1.panel2") == "framepack"
    assert set(by.values()) == {"draft"}
    assert result["scene_imagery"]["engine"] == ["draft", "framepack"]


async def test_gemini_writes_and_imagen_draws(engines, emulator):
    result = await drawn(engines, **chosen("imagen", writer="gemini"))
    assert result["name_generation"]["engine"] == "gemini"
    assert result["concept_analysis"]["usage"]["output_tokens"] > 0
    usage = result["scene_imagery"]["quality_analysis"]["usage"]
    assert usage["images"] == len(result["scene_imagery"]["generated_images"])
    assert usage["cost_usd"] > 0
    assert result["final_composition"]["compiled_pages"]


LONG = (
    "「きみがいつも言っていたように、この星の外へ、遠くの海のむこうまで行かなければならないと思うんだ」とハルは言った。"
)


async def test_gemini_cuts_long_lines_and_the_book_has_them_cut(engines, emulator):
    jobs = [await submit(engines, text=SHORT + LONG, seed=seed, **chosen(writer="gemini")) for seed in range(4)]
    async with running(engines):
        for job in jobs:
            await reached(engines, job, State.COMPLETED)
    every = [await outputs(engines, job) for job in jobs]
    # the emulator shortens by lot
    assert any(result["dialogue_layout"]["lines_cut"] for result in every)
    for result in every:
        cut, texts, planned = result["dialogue_layout"]["lines_cut"], {}, {}
        for page in (await document_of(engines, result)).pages:
            texts |= {line.id: line.text for panel in page.panels for line in panel.lines}
        for panel in result["name_generation"]["panel_specifications"].values():
            planned |= {line["id"]: line["text"] for line in panel["lines"]}
        assert all(len(cut[line]) < len(planned[line]) for line in cut)
        assert texts == planned | cut


async def test_a_line_that_cannot_be_cut_is_lettered_whole(engines, emulator):
    job = await submit(engines, text=SHORT + LONG, **chosen(writer="gemini"))
    async with running(engines):

        async def named():
            return any(row.step == "name_generation" for row in await engines.store.finished(job))

        await eventually(named, 60)
        emulator.fault("block", times=-1)
        await reached(engines, job, State.COMPLETED)
    assert (await outputs(engines, job))["dialogue_layout"]["lines_cut"] == {}


async def test_words_in_a_picture_are_taken_out_where_gemini_sees_them(engines, emulator, monkeypatch):
    seen = []
    remove = engines.models["inpainter"].call

    async def watched(method, request, options, engine, holding=""):
        seen.append(request)
        return await remove(method, request, options, engine)

    monkeypatch.setattr(engines.models["inpainter"], "call", watched)
    result = await drawn(engines, clean_lettering=True, **chosen("imagen"))
    images = result["scene_imagery"]["generated_images"]
    assert all(image["lettering"]["checked"] for image in images)
    # the emulator sees words by lot
    assert sum(image["lettering"]["removed"] for image in images) == sum(len(request.regions) for request in seen) > 0
    assert all(image["usage"]["calls"] == 2 for image in images)


async def test_a_picture_that_cannot_be_looked_at_stays_and_that_is_told(engines, emulator):
    emulator.fault("block", times=-1, where="text")
    result = await drawn(engines, clean_lettering=True, **chosen("imagen"))
    images = result["scene_imagery"]["generated_images"]
    assert all(image["success"] and not image["lettering"]["checked"] for image in images)
    assert all(image["lettering"]["why"] for image in images)


async def test_sheets_of_phase_2_go_with_every_scene_to_a_gemini_image_model(engines, emulator):
    result = await drawn(engines, **chosen("gemini"))
    sheets = len(result["character_design"]["portraits"])
    with_people = [p for p in result["name_generation"]["panel_specifications"].values() if p["figures"]]
    assert sheets
    assert with_people
    sent = [call["references"] for call in emulator.calls if call.get("references") is not None]
    # the guide alone for a sheet or an empty place; the guide and a sheet for each person of a scene
    expected = [1] * sheets + [
        1 + len({figure["character"] for figure in panel["figures"]})
        for panel in result["name_generation"]["panel_specifications"].values()
    ]
    assert sorted(sent) == sorted(expected)


async def test_what_fails_falls_back_when_that_is_asked_for(engines, emulator):
    emulator.fault("filter", times=-1)
    result = await drawn(engines, **chosen("imagen", fallback=True))
    images = result["scene_imagery"]["generated_images"]
    assert all(image["success"] for image in images)
    assert {failure["engine"] for image in images for failure in image["fell_back"]} >= {"imagen"}
    assert len(result["scene_imagery"]["quality_analysis"]["fell_back"]) == len(images)


async def test_without_fallback_a_panel_says_why_it_is_empty_and_the_session_ends(engines, emulator):
    emulator.fault("filter", times=-1)
    result = await drawn(engines, **chosen("draft", **{"p1.panel1": "imagen"}))
    images = {image["panel_id"]: image for image in result["scene_imagery"]["generated_images"]}
    failed = images.pop("p1.panel1")
    assert not failed["success"]
    assert failed["error"]["code"] == "content_blocked"
    assert failed["error"]["detail"]
    assert all(image["success"] for image in images.values())
    assert result["scene_imagery"]["quality_analysis"]["failed_panels"] == ["p1.panel1"]
    first = result["final_composition"]["compiled_pages"][0]
    assert first["page_completion_status"] == "checks_failed"
    drawing = Drawing.model_validate(json.loads(await engines.blobs.get(failed["drawing_key"])))
    assert drawing.figures
    assert not drawing.svg


async def test_a_writer_that_fails_fails_the_session_with_its_reason(engines, emulator):
    emulator.fault("block", times=-1)
    job = await submit(engines, text=SHORT, **chosen(writer="gemini"))
    async with running(engines):
        ended = await reached(engines, job, State.FAILED)
    assert ended.error["code"] == "content_blocked"


async def test_with_fallback_the_rules_go_on(engines, emulator):
    emulator.fault("block", times=-1)
    result = await drawn(engines, **chosen(writer="gemini", fallback=True))
    assert result["concept_analysis"]["engine"] == "draft"
    assert result["concept_analysis"]["fell_back"][0]["code"] == "content_blocked"


async def test_auto_takes_the_first_of_the_settings_that_is_ready(engines, monkeypatch):
    monkeypatch.setenv("MANGA_ARTISTS", '["diffuser", "draft"]')
    get_settings.cache_clear()
    result = await drawn(engines, engines={"writer": "auto", "artist": "auto", "panels": {}})
    assert result["scene_imagery"]["engine"] == ["diffuser"]
    assert result["concept_analysis"]["engine"] == "gemini"
