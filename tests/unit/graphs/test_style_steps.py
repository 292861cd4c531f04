"""Choosing an engine, and what an engine gives."""

from types import SimpleNamespace

import pytest

from foundation.errors import EngineNotReady, InvalidInput
from foundation.models.diffuser import StyledImages
from graphs.style import steps


class Engine:
    def __init__(self, ready=True, error=None, images=()):
        self.ready, self.error, self.images = ready, error, list(images)

    async def call(self, _method, *_needs):
        if self.error:
            raise self.error
        return {"ready": self.ready, "detail": "no weights"}

    async def stream(self, _method, *_args):
        yield StyledImages(self.images)


def context(engine="auto", **engines):
    args = {"engine": engine, "seed": 1, "style": "clay", "prompt": "", "negative": "", "strength": 0.5}
    args |= {"workflow": "own", "previews": False, "keep_metadata": False}
    done = {"choosing": {"engine": "local", "seed": 1}, "fetching": {"key": "x"}}

    async def load(_key):
        return b""

    return SimpleNamespace(args=args, models=engines, job_id="j", result=done.__getitem__, load=load)


async def test_an_engine_that_could_not_be_deployed_keeps_no_other_from_working():
    broken = Engine(error=EngineNotReady("Diffuser failed to deploy; its log says why"))
    engines = {"comfy": Engine(ready=False), "diffuser": broken, "filters": Engine()}
    chosen = await steps.choose(context(**engines))
    assert chosen["engine"] == "draft"
    assert "not local: Diffuser failed to deploy" in chosen["reason"]
    with pytest.raises(EngineNotReady, match="failed to deploy"):
        await steps.choose(context("local", **engines))


async def test_a_workflow_without_a_picture_is_told_and_named():
    with pytest.raises(InvalidInput, match="own gave no picture"):
        await steps.transform(context(diffuser=Engine()))
