"""CPU seconds of the bare engines, phase by phase: the graph's own functions, no Serve, no store, one thread."""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import median
from typing import Any
from unittest import mock

from deployments import manga
from foundation.graph import FanOut, Json, Step
from graphs.manga.app import make_graph
from serve_app.manga.engines import Engines
from serve_app.manga.schemas import STORY, GenerateRequest

BARE = Engines(writer="draft", artist="draft")
Drawn = tuple[dict[str, float], int, int]
"""CPU seconds by phase, pages, panels."""


class BareModel:
    """An engine called in this thread."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    async def call(self, method: str, *args: Any) -> Any:
        """Call a method of the engine."""
        return getattr(self._engine, method)(*args)


class BareContext:
    """A ``foundation.graph.Context`` of dictionaries."""

    job_id = "bench"

    def __init__(self, args: Mapping[str, Json], models: Mapping[str, BareModel]) -> None:
        self.args = args
        self.models = models
        self.values: dict[tuple[str, str], Json] = {}
        self._files: dict[str, bytes] = {}

    def result(self, step: str) -> Json:
        """The output of a finished step."""
        return self.values[step, ""]

    def item_result(self, step: str, item: str) -> Json:
        """The output of a finished item."""
        return self.values[step, item]

    def feedback(self, step: str) -> Sequence[Json]:
        """Nobody says anything."""
        return []

    async def save(self, step: str, name: str, data: bytes) -> str:
        """Keep a file; gives its key."""
        key = f"{step}/{hashlib.sha256(data).hexdigest()[:16]}-{name}"
        self._files[key] = data
        return key

    async def load(self, key: str) -> bytes:
        """The content of a kept file."""
        return self._files[key]

    async def cached(self, key: str, compute: Callable[[], Awaitable[Json]]) -> Json:
        """Nothing is cached here."""
        return await compute()

    async def emit(self, kind: str, data: Mapping[str, Json]) -> None:
        """Nobody listens."""


def _timed(work: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
    started = time.time()
    return work(), {"replica": "bare", "started_at": started, "finished_at": time.time()}


def measure_engines(stories: Mapping[str, str], runs: int) -> list[dict[str, Any]]:
    """Medians of CPU seconds for each story by name; dictionaries and fonts are loaded before."""
    slots = {"writer": manga.Writer, "artist": manga.Artist, "letterer": manga.Letterer}
    models = {name: BareModel(engine()) for name, engine in slots.items()}

    def draw(text: str) -> Drawn:
        return asyncio.run(_draw(text, models))

    # who made it is asked of Serve, which is not there
    with mock.patch.object(manga, "_timed", _timed):
        draw(STORY)
        return [_summary(name, [draw(text) for _ in range(runs)]) for name, text in stories.items()]


async def _draw(text: str, models: Mapping[str, BareModel]) -> Drawn:
    args = GenerateRequest(engines=BARE, text=text).model_dump(exclude={"session_id"})
    context, spent = BareContext(args, models), dict[str, float]()
    for step in make_graph().steps:
        started = time.process_time()
        await _run(step, context)
        spent[step.name] = time.process_time() - started
    pages = len(context.result("final_composition")["compiled_pages"])
    return spent, pages, len(context.result("name_generation")["panel_specifications"])


async def _run(step: Step, context: BareContext) -> None:
    run: Any = step.run
    gather: Any = step.gather
    if step.fan_out is None:
        context.values[step.name, ""] = await run(context)
        return
    items = await _run_items(step, step.fan_out, context)
    context.values[step.name, ""] = await gather(context, items) if gather else items


async def _run_items(step: Step, fan_out: FanOut, context: BareContext) -> dict[str, Json]:
    run: Any = step.run
    items_of: Any = fan_out.items
    for item in items_of(context):
        context.values[step.name, item] = await run(context, item)
    return {item: context.values[step.name, item] for item in items_of(context)}


def _summary(story: str, runs: Sequence[Drawn]) -> dict[str, Any]:
    _, pages, panels = runs[0]
    total = median(sum(spent.values()) for spent, _, _ in runs)
    return {
        "story": story,
        "pages": pages,
        "panels": panels,
        "cpu_s_by_phase": {name: round(median(spent[name] for spent, _, _ in runs), 3) for name in runs[0][0]},
        "cpu_s": round(total, 3),
        "cpu_s_per_page": round(total / pages, 3),
    }
