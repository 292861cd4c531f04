"""Pictures: which model, over which protocol, what is filtered, what is paid."""

import asyncio
import io
import logging
import pickle
from dataclasses import replace

import pytest
from PIL import Image

from engines.vertex.clients import Clients
from engines.vertex.errors import AuthFailed, BudgetSpent, ContentBlocked, ModelUnavailable, Refused, Unreachable
from engines.vertex.images import ImageModels
from engines.vertex.picture import ImageAsk, as_png, nearest_aspect
from tests.support.waiting import eventually
from tests.unit.vertex.conftest import TOKEN, local_gate, options_for, outcomes

IMAGEN, GEMINI = "imagen-4.0-generate-001", "gemini-3.1-flash-image"
ASK = ImageAsk("a boy on a hill", negative="letters", aspect=0.72, seed=7, count=2)


@pytest.fixture
async def gemini_images(emulator):
    options = replace(options_for(emulator), image_models=(GEMINI,))
    clients = Clients(options)
    yield ImageModels(options, clients, local_gate())
    await clients.close()


@pytest.fixture(params=["imagen", "gemini"])
def either(request):
    return request.getfixturevalue({"imagen": "images", "gemini": "gemini_images"}[request.param])


async def test_imagen_goes_over_grpc_and_costs_by_the_picture(images, emulator):
    drawn = await images.draw(ASK, 20)
    assert (drawn.model, len(drawn.images), drawn.filtered) == (IMAGEN, 2, [])
    assert drawn.usage.cost_usd == pytest.approx(0.08)
    assert [(call["protocol"], call["model"]) for call in emulator.calls] == [("grpc", IMAGEN)]
    width, height = Image.open(io.BytesIO(drawn.images[0])).size
    assert width < height


async def test_gemini_goes_over_rest_once_a_picture_with_the_references(gemini_images, emulator):
    reference = (await gemini_images.draw(ImageAsk("a face"), 20)).images[0]
    emulator.forget()
    drawn = await gemini_images.draw(replace(ASK, references=(reference, reference)), 20)
    assert (len(drawn.images), drawn.references, drawn.usage.images) == (2, 2, 2)
    assert [(call["protocol"], call["references"]) for call in emulator.calls] == [("rest", 2)] * 2
    assert "Avoid: letters" in emulator.calls[0]["prompt"]
    assert "picture 1 shows person 1" in emulator.calls[0]["prompt"]
    assert drawn.images[0] != drawn.images[1]


async def test_same_prompt_and_seed_give_the_same_picture(either):
    once, again, other = [await either.draw(replace(ASK, seed=seed), 20) for seed in (7, 7, 8)]
    assert once.images == again.images != other.images


async def test_a_model_that_has_ended_is_passed_over_once_and_for_all(images, emulator, caplog):
    emulator.fault("not_found", times=-1, model="imagen")
    with caplog.at_level(logging.WARNING):
        drawn = await asyncio.gather(*[images.draw(ASK, 20) for _ in range(3)])
        assert {each.model for each in drawn} == {GEMINI}
        tries = sum(call["model"] == IMAGEN for call in emulator.calls)
        await images.draw(ASK, 20)
    assert sum(call["model"] == IMAGEN for call in emulator.calls) == tries
    assert sum("is not there any more" in record.message for record in caplog.records) == 1
    assert images.models == [GEMINI]


async def test_no_model_left_names_the_setting(images, emulator):
    emulator.fault("not_found", times=-1)
    with pytest.raises(ModelUnavailable, match="VERTEX_IMAGE_MODELS"):
        await images.draw(ASK, 20)


async def test_a_name_of_no_known_family_is_refused(emulator):
    options = replace(options_for(emulator), image_models=("dall-e",))
    with pytest.raises(ModelUnavailable, match="dall-e"):
        await ImageModels(options, Clients(options), local_gate()).draw(ASK, 20)


async def test_all_filtered_is_an_error_with_its_reason(either, emulator):
    emulator.fault("filter", times=-1)
    with pytest.raises(ContentBlocked) as caught:
        await either.draw(ASK, 20)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert copy.stage == "image"
    assert copy.reason == "IMAGE_SAFETY" or "filtered" in copy.reason


async def test_some_filtered_are_told_beside_the_others(either, emulator):
    emulator.fault("filter", count=1)
    drawn = await either.draw(replace(ASK, count=3), 20)
    assert (len(drawn.images), len(drawn.filtered), drawn.usage.images) == (2, 1, 2)


async def test_a_blocked_prompt_is_told_as_such(either, emulator):
    emulator.fault("block", times=-1)
    with pytest.raises(ContentBlocked) as caught:
        await either.draw(ASK, 20)
    assert caught.value.stage == "prompt"


@pytest.mark.parametrize(("fault", "kind"), [("unauthorized", AuthFailed), ("invalid", Refused)])
async def test_a_lasting_fault_is_not_tried_again(either, emulator, fault, kind):
    emulator.fault(fault, times=-1)
    with pytest.raises(kind) as caught:
        await either.draw(replace(ASK, count=1), 20)
    assert len(emulator.calls) == 1
    assert pickle.loads(pickle.dumps(caught.value)).detail == caught.value.detail


@pytest.mark.parametrize("fault", ["rate_limit", "unavailable"])
async def test_a_passing_fault_is_tried_again(either, emulator, fault):
    emulator.fault(fault)
    assert len((await either.draw(replace(ASK, count=1), 20)).images) == 1
    assert outcomes(emulator)[1:] == ["ok"]


async def test_retry_info_is_obeyed_as_seen_at_the_server(either, emulator):
    emulator.fault("rate_limit", retry_after=1.2)
    await either.draw(replace(ASK, count=1), 20)
    limited, again = emulator.calls
    assert again["started_at"] - limited["ended_at"] >= 1.2


async def test_a_channel_without_a_server_is_an_error_of_ours(emulator):
    options = replace(options_for(emulator), grpc_target="127.0.0.1:9", attempts=1)
    clients = Clients(options)
    with pytest.raises(Unreachable):
        await ImageModels(options, clients, local_gate()).draw(ASK, 10)
    await clients.close()


@pytest.mark.timeout(60)
async def test_cancelling_reaches_the_server(either, emulator):
    emulator.fault("hang", times=-1)
    task = asyncio.create_task(either.draw(replace(ASK, count=1), 20))
    await eventually(lambda: outcomes(emulator) == ["running"])
    task.cancel()
    await eventually(lambda: outcomes(emulator) == ["cancelled"])
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_budget_ends_a_hanging_call(either, emulator):
    emulator.fault("hang", times=-1)
    with pytest.raises((BudgetSpent, Unreachable)):
        await either.draw(ASK, 0.5)


async def test_logs_hold_no_words_and_no_token(either, emulator, caplog):
    caplog.set_level(logging.DEBUG)
    emulator.fault("unavailable")
    await either.draw(ImageAsk("PROMPT-SECRET", "NEGATIVE-SECRET"), 20)
    assert "next try" in caplog.text
    for secret in ("PROMPT-SECRET", "NEGATIVE-SECRET", TOKEN):
        assert secret not in caplog.text


@pytest.mark.parametrize(("aspect", "word"), [(1.0, "1:1"), (0.7, "3:4"), (1.6, "16:9"), (0.2, "9:16"), (9.0, "16:9")])
def test_the_nearest_aspect_is_taken(aspect, word):
    assert nearest_aspect(aspect, ("1:1", "3:4", "4:3", "9:16", "16:9")) == word


def test_a_jpeg_becomes_a_png():
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    assert Image.open(io.BytesIO(as_png(out.getvalue()))).format == "PNG"
