"""A small application of stand-ins: hands that work on items, held by a file, and write down what they did."""

import json
import math
import os
import time
from pathlib import Path

from ray import serve

from deployments.handles import Slot
from deployments.pipeline import bind_pipeline
from deployments.routing import few_long_calls
from deployments.scaling import Copies
from foundation.errors import InvalidInput
from foundation.graph import FanOut, Graph, Step

HANDS = 5


class Hand:
    """Works on one item at a time. A held item ends when the file ``open`` is there, or after ``seconds``."""

    def work(self, folder, item, held, seconds=math.inf):
        me = {"item": item, "replica": serve.get_replica_context().replica_id.unique_id, "pid": os.getpid()}
        note(folder, me | {"kind": "start"})
        until = time.monotonic() + seconds
        while held and time.monotonic() < until and not (Path(folder) / "open").exists():
            time.sleep(0.02)
        note(folder, me | {"kind": "end"})
        return me

    def fail(self, kind):
        if kind == "ours":
            raise InvalidInput("the line has 3 corners")
        raise ValueError("a private detail")

    async def fail_streaming(self, kind):
        self.fail(kind)
        yield


class Broken:
    """Never comes up."""

    def __init__(self):
        raise RuntimeError("the weights of the stand-in are not there")


def note(folder, entry):
    """Add a line; a short write to an appended file is whole."""
    with (Path(folder) / "notes").open("a") as file:
        file.write(json.dumps(entry) + "\n")


def notes(folder, kind="start"):
    """What was written down so far."""
    path = Path(folder) / "notes"
    lines = path.read_text().splitlines() if path.exists() else []
    return [entry for entry in map(json.loads, lines) if entry["kind"] == kind]


def let_go(folder):
    """End all held items."""
    (Path(folder) / "open").touch()


def item_names(context):
    return [str(n) for n in range(context.args["items"])]


async def plan(context):
    return {"items": context.args["items"]}


async def work(context, item):
    held = int(item) >= context.args["free"]
    seconds = context.args.get("seconds", math.inf)
    return await context.models["hand"].call("work", context.args["folder"], item, held, seconds)


async def fail(context):
    return await context.models["hand"].call("fail", context.args["fail"])


async def count(context):
    return {"done": len(context.result("work"))}


def make_graph(name, limit=2 * HANDS):
    """Items on hands, then a last step."""
    steps = (
        Step("plan", plan),
        Step("work", work, after=("plan",), weight=8, fan_out=FanOut(item_names, limit=limit)),
        Step("count", count, after=("work",)),
    )
    return Graph(name, steps)


def failing_graph(name):
    return Graph(name, (Step("fail", fail),))


def bind_hands(replicas=HANDS, **options):
    """Hands that take one call at a time."""
    defaults = {
        "max_ongoing_requests": 1,
        "health_check_period_s": 2,
        "graceful_shutdown_wait_loop_s": 0.1,
        "ray_actor_options": {"num_cpus": 0.1},
        "request_router_config": few_long_calls(),
    }
    return serve.deployment(Hand, name="Hand", num_replicas=replicas, **(defaults | options)).bind()


def bind_app(name, slot=None, graph=None):
    """A pipeline over five hands, or over those of a slot."""
    return bind_pipeline(graph or make_graph(name), {"hand": slot or Slot(bind_hands(), 60.0, HANDS)}, 2, Copies(1))
