"""The engine as a replica has it: streams, stopping, lanes, and what it says of itself."""

import asyncio
import io
import json
import shutil
from dataclasses import replace

import pytest
import torch
from PIL import Image

from deployments.framepack import FramePack
from engines.framepack import mp4
from foundation.errors import EngineNotReady, InvalidInput, ReplicaLost, ServerError, StepFailed
from foundation.images import png_text
from foundation.models.framepack import FilmJob, PaintedPicture, PictureJob, Transfer
from foundation.models.progress import SamplerProgress
from foundation.settings import get_settings
from tests.support.waiting import eventually
from tests.unit.framepack.engine.painting import noisy

PICTURE = PictureJob(prompt="a girl", steps=3, width=48, height=32, seed=3, previews=True, layout="eichi")
FILM = FilmJob(
    prompt="a girl",
    steps=3,
    width=48,
    height=32,
    seed=3,
    previews=True,
    sampling_mode="reverse",
    sections=2,
    start=noisy(1),
)


@pytest.fixture
def replica(framepack_folder, monkeypatch, request):
    monkeypatch.setenv("MODEL_DIR", str(framepack_folder.parent))
    get_settings.cache_clear()
    result = FramePack(getattr(request, "param", {}))
    yield result
    result.__del__()
    get_settings.cache_clear()


async def described(replica, condition):
    """Return when the replica describes itself as the condition wants it."""

    async def look():
        return condition(await replica.describe())

    await eventually(look, 60)


async def events(stream):
    return [event async for event in stream]


async def test_a_picture_is_told_step_by_step(replica):
    received_events = await events(replica.image(replace(PICTURE, parameters={"prompt": "雨"})))
    assert [(event.step, event.total) for event in received_events[:-1]] == [(1, 3), (2, 3), (3, 3)]
    assert received_events[0].preview
    assert isinstance(received_events[-1], PaintedPicture)
    assert json.loads(png_text(received_events[-1].image)["parameters"]) == {"prompt": "雨"}
    with Image.open(io.BytesIO(received_events[-1].image)) as image:
        assert image.size == (48, 32)


async def test_a_transfer_and_its_masks(replica):
    source = noisy(1, (48, 32))
    job = replace(PICTURE, transfer=Transfer(source, noisy(2), 0.0, control_index=10.0))
    received_events = await events(replica.image(job))
    with Image.open(io.BytesIO(received_events[-1].image)) as image, Image.open(io.BytesIO(source)) as given:
        assert image.tobytes() == given.tobytes()


async def test_sections_are_films_that_join(replica):
    state, pieces = None, []
    for number in range(2):
        section = (await events(replica.section(FILM, number, state)))[-1]
        state = section.state
        pieces = [section.open, section.done, *pieces]
        so_far = mp4.probe(mp4.join([section.open, section.done, *[piece for piece in pieces[2:] if piece]]))
        assert so_far.width == 48
    last = (await events(replica.section(FILM, 1, (await first_state(replica)))))[-1]
    assert mp4.probe(last.done).frames == last.frames == 73


async def first_state(replica):
    return (await events(replica.section(FILM, 0, None)))[-1].state


async def test_a_closed_stream_stops_the_work(replica):
    stream = replica.image(replace(PICTURE, steps=100))
    assert (await anext(stream)).step == 1
    await stream.aclose()
    await described(replica, lambda state: not state["active_runs"])
    assert (await replica.describe())["forwards"] < 100


async def test_pictures_and_films_take_turns(replica):
    """Neither lane waits for the other's end: each is told steps between those of the other."""
    order = []

    async def follow(name, stream):
        async for event in stream:
            if isinstance(event, SamplerProgress):
                order.append(name)

    film = replica.section(replace(FILM, steps=12, sections=1), 0, None)
    pictures = [replica.image(replace(PICTURE, seed=seed)) for seed in range(12)]
    await asyncio.gather(follow("film", film), *[follow("picture", each) for each in pictures])
    assert order.count("film") == 12
    first, last = order.index("film"), len(order) - 1 - order[::-1].index("film")
    assert order[first:last].count("picture") >= 6


async def test_more_films_than_places_wait_while_pictures_go_on(replica):
    films = [replica.section(replace(FILM, seed=n, steps=30), 0, None) for n in range(3)]
    following = [asyncio.create_task(events(each)) for each in films]
    await described(replica, lambda state: state["waiting_runs"] >= 2)
    assert isinstance((await events(replica.image(PICTURE)))[-1], PaintedPicture)
    assert (await replica.describe())["waiting_runs"] >= 1
    for each in following:
        each.cancel()
    await asyncio.gather(*following, return_exceptions=True)


async def test_loras_are_checked_before_anything_is_done(replica):
    with pytest.raises(InvalidInput, match=r"lora_paths: there is no LoRA a\.safetensors"):
        await replica.check_loras(["a.safetensors"])


async def test_it_says_how_it_stands(replica):
    description = await replica.describe()
    assert description["ready"]
    assert description["memory"] == "resident"
    assert description["transformers"] == ["base"]
    assert await replica.sections(2.0) == 2


async def test_a_dead_batcher_is_ill(replica):
    replica.check_health()
    replica._opened.close()
    with pytest.raises(ServerError):
        replica.check_health()


async def test_weights_may_come_later(tmp_path, framepack_folder, monkeypatch):
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    get_settings.cache_clear()
    result = FramePack({})
    description = await result.describe()
    assert not description["ready"]
    assert "MODEL_DIR/framepack" in description["detail"]
    with pytest.raises(EngineNotReady, match="MODEL_DIR/framepack"):
        await events(result.image(PICTURE))
    (tmp_path / "framepack").symlink_to(framepack_folder)
    assert isinstance((await events(result.image(PICTURE)))[-1], PaintedPicture)
    result.__del__()
    get_settings.cache_clear()


async def test_weights_that_cannot_be_read_are_told_and_may_be_mended(tmp_path, framepack_folder, monkeypatch):
    """A folder that is being copied must not take the whole application down."""
    monkeypatch.setenv("MODEL_DIR", str(tmp_path))
    monkeypatch.setattr("deployments.framepack.AGAIN_S", 0.5)
    get_settings.cache_clear()
    shutil.copytree(framepack_folder, tmp_path / "framepack")
    weights = next((tmp_path / "framepack" / "vae").glob("*.safetensors"))
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    result = FramePack({})
    described_now = await result.describe()
    assert not described_now["ready"]
    assert "cannot be read" in described_now["detail"]
    assert "copy them to MODEL_DIR/framepack again" in described_now["detail"]
    weights.write_bytes(whole)
    await described(result, lambda description: description["ready"])
    assert isinstance((await events(result.image(PICTURE)))[-1], PaintedPicture)
    result.__del__()
    get_settings.cache_clear()


async def test_a_device_that_is_lost_ends_the_replica(replica, monkeypatch):
    def lost(*_):
        raise torch.AcceleratorError("CUDA error: an illegal memory access was encountered")

    await events(replica.image(PICTURE))
    monkeypatch.setattr(replica._opened.batcher, "_evaluate", lost)
    with pytest.raises(ReplicaLost):
        await events(replica.image(PICTURE))
    with pytest.raises(ServerError):
        replica.check_health()


async def test_a_full_device_fails_one_picture_and_says_what_to_do(replica, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    expected = (await events(replica.image(PICTURE)))[-1]
    with monkeypatch.context() as patch:
        patch.setattr(replica._opened.batcher, "_evaluate", full)
        with pytest.raises(StepFailed, match="ask for less width"):
            await events(replica.image(PICTURE))
    replica.check_health()
    assert (await events(replica.image(PICTURE)))[-1] == expected
