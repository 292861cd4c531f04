"""Requests per second of several clients at once, each with one request after the other."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from scripts.lib.bench.inpaint.pages import BenchPage
from scripts.lib.bench.inpaint.processes import Watch
from scripts.lib.bench.inpaint.ways import Way


@dataclass(frozen=True)
class Load:
    """How many requests went through in which time."""

    page: str
    model: str
    way: str
    clients: int
    requests: int
    wall_s: float
    per_second: float
    cpu_s_each: float
    peak_mib: float

    def dump(self) -> dict[str, Any]:
        """As plain JSON."""
        return asdict(self)


def measure_load(
    ways: Sequence[Way], page: BenchPage, model: str, clients: Sequence[int], least_requests: int
) -> list[Load]:
    """A row for each way and number of clients; as many requests as clients, or ``least_requests`` if that is more."""
    rows: list[Load] = []
    for way in ways:
        way.use(model)
        rows += [_load(way, page, model, number, max(number, least_requests)) for number in clients]
    return rows


def _load(way: Way, page: BenchPage, model: str, clients: int, requests: int) -> Load:
    watch, started = Watch(way.pids()), time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        # an error of any request ends the bench
        list(pool.map(lambda _: way.ask(page, model), range(requests)))
    wall, spent = time.monotonic() - started, watch.spent()
    return Load(
        page=page.name,
        model=model,
        way=way.name,
        clients=clients,
        requests=requests,
        wall_s=round(wall, 2),
        per_second=round(requests / wall, 3),
        cpu_s_each=round(spent.cpu_s / requests, 2),
        peak_mib=round(spent.peak_mib),
    )
