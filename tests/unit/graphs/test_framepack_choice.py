"""Choosing FramePack's engine, and seeds."""

from types import SimpleNamespace

import pytest

from foundation.errors import EngineNotReady
from foundation.models.framepack import PaintedPicture
from foundation.models.progress import SamplerProgress
from graphs.common.choice import seed_of
from graphs.common.progress import preview_url
from graphs.framepack.choice import Unit, choose_engine, last_of


class Engine:
    def __init__(self, ready=True, error=None):
        self.ready, self.error = ready, error

    async def call(self, _method):
        if self.error:
            raise self.error
        return {"ready": self.ready, "detail": "MODEL_DIR has no framepack folder"}


def context(local, engine="auto", loras=()):
    args = {"engine": engine, "loras": list(loras)}
    return SimpleNamespace(args=args, models={"draft": Engine(), "framepack": local})


async def test_own_weights_go_before_the_draft():
    assert await choose_engine(context(Engine())) == "local"
    assert await choose_engine(context(Engine(ready=False))) == "draft"
    assert await choose_engine(context(Engine(), "draft")) == "draft"


async def test_an_engine_that_could_not_be_deployed_keeps_the_draft_from_nothing():
    broken = Engine(error=EngineNotReady("FramePack failed to deploy; its log says why"))
    assert await choose_engine(context(broken)) == "draft"
    with pytest.raises(EngineNotReady, match="failed to deploy"):
        await choose_engine(context(broken, "local"))


async def test_loras_need_own_weights():
    loras = [["a.safetensors", 1.0]]
    assert await choose_engine(context(Engine(), loras=loras)) == "local"
    with pytest.raises(EngineNotReady, match="MODEL_DIR has no framepack folder"):
        await choose_engine(context(Engine(ready=False), loras=loras))
    with pytest.raises(EngineNotReady, match="draft is not ready: it has no LoRAs"):
        await choose_engine(context(Engine(), "draft", loras))


def test_a_seed_that_nobody_gave_follows_from_the_job():
    assert seed_of(7, "job") == 7
    assert seed_of(0, "job") == 0
    assert seed_of(-1, "job") == seed_of(None, "job") != seed_of(None, "other")


def test_a_preview_is_a_data_url_of_its_format():
    assert preview_url(b"\xff\xd8") == "data:image/jpeg;base64,/9g="
    assert preview_url(b"\x89PNG..").startswith("data:image/png;base64,")


class Reported:
    def __init__(self):
        self.progress = []

    async def report(self, step, share, data, item):
        self.progress.append((share, data["info"], data.get("preview")))


async def sampler(steps, previews=()):
    for step in range(1, steps + 1):
        yield SamplerProgress(step, steps, bytes([step]) if step in previews else None)
    yield PaintedPicture(b"png", 16, 16)


async def test_a_sampler_of_many_steps_is_thinned_out_and_one_of_many_pictures_more_so():
    for count, most in ((1, 50), (10, 5), (100, 4)):
        context = Reported()
        result = await last_of(context, Unit("painting", "2", count), sampler(1000), "picture")
        assert result.image == b"png"
        assert most - 1 <= len(context.progress) <= most
        assert context.progress[-1][:2] == (1.0, f"picture 3 of {count}, step 1000 of 1000")


async def test_previews_of_one_picture_come_at_once_and_those_of_many_with_the_next_event():
    alone, among = Reported(), Reported()
    await last_of(alone, Unit("painting", "0", 1), sampler(1000, {3, 5}), "picture")
    await last_of(among, Unit("painting", "0", 10), sampler(1000, {3, 5}), "picture")
    assert [share for share, _, preview in alone.progress if preview] == [0.003, 0.005]
    assert [(share, preview) for share, _, preview in among.progress if preview] == [
        (0.2, "data:image/jpeg;base64,BQ==")
    ]


async def test_an_engine_that_ends_without_a_picture_is_told():
    async def nothing():
        yield SamplerProgress(1, 2)

    with pytest.raises(EngineNotReady, match="ended without a result"):
        await last_of(Reported(), Unit("painting", "0", 1), nothing(), "picture")
