"""Models that only sleep, and graphs over them: what is left of the time is Koma's own."""

import functools
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from deployments.handles import Slot
from deployments.model_ref import ModelRef
from deployments.pipeline import bind_pipeline
from deployments.scaling import Copies
from foundation.graph import Context, FanOut, Graph, Step
from graphs.manga.app import ARTIST_REPLICAS, make_graph

LETTERERS = 2
# seed 003's seconds for its seven phases; phase 5 is five side by side already
SEED_SECONDS = (12.0, 18.0, 15.0, 20.0, 25.0, 4.0, 3.0)
PANELS = 25


class Sleeper:
    """A model that takes its time and no CPU."""

    def nap(self, seconds: float) -> float:
        """Sleep, and say for how long."""
        time.sleep(seconds)
        return seconds


class Writer(Sleeper):
    """Sleeps in place of the writer."""


class Artist(Sleeper):
    """Sleeps in place of an artist."""


class Letterer(Sleeper):
    """Sleeps in place of a letterer."""


def _slots() -> dict[str, Slot]:
    return {
        "writer": ModelRef(num_replicas=2).slot(Writer),
        "artist": ModelRef(num_replicas=ARTIST_REPLICAS, max_ongoing_requests=1).slot(Artist),
        "letterer": ModelRef(num_replicas=LETTERERS).slot(Letterer),
    }


def items(context: Context) -> Sequence[str]:
    """As many items as the job asks for."""
    return [f"panel{n}" for n in range(context.args["items"])]


async def _nap(context: Context, model: str, phase: int) -> Any:
    return await context.models[model].call("nap", context.args["seconds"][phase])


async def _nap_item(context: Context, _: str, model: str, phase: int) -> Any:
    return await _nap(context, model, phase)


def bind_fan_out(name: str) -> Any:
    """One fan-out step over five sleeping artists, limited as in the manga graph."""
    limit = next(step.fan_out.limit for step in make_graph().steps if step.fan_out)
    draw = functools.partial(_nap_item, model="artist", phase=0)
    return bind_pipeline(Graph(name, (Step("draw", draw, fan_out=FanOut(items, limit=limit)),)), _slots(), 1, Copies(1))


def bind_replay(name: str) -> Any:
    """The manga graph with a nap in each step's place."""
    fan_out = FanOut(items, limit=2 * ARTIST_REPLICAS)
    models = ("writer", "artist", "writer", "writer", "artist", "letterer", "letterer")
    steps = [
        replace(
            step,
            run=functools.partial(_nap_item if step.fan_out else _nap, model=model, phase=phase),
            fan_out=step.fan_out and fan_out,
            gather=None,
            review=False,
        )
        for phase, (step, model) in enumerate(zip(make_graph().steps, models, strict=True))
    ]
    return bind_pipeline(Graph(name, tuple(steps)), _slots(), 1, Copies(1))


def replay_args(scale: float) -> dict[str, Any]:
    """A job of the replay: seconds of one call of each phase."""
    seconds = [each * scale for each in SEED_SECONDS]
    seconds[4] = seconds[4] * ARTIST_REPLICAS / PANELS
    seconds[5] = seconds[5] / PANELS
    return {"items": PANELS, "seconds": seconds}


def critical_path(scale: float) -> float:
    """The seconds that no orchestration can save: 1, the longer of 2 and 3, 4, 5, the last round of 6, 7."""
    one, two, three, four, five, six, seven = (each * scale for each in SEED_SECONDS)
    last_round = math.ceil(ARTIST_REPLICAS / LETTERERS) * six / PANELS
    return one + max(two, three) + four + five + last_round + seven
