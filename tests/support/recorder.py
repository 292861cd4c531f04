"""A meter that remembers: what a part of the house reports, by the catalogue's rules."""

from collections.abc import Iterator
from contextlib import contextmanager

from foundation.metrics import CATALOGUE, Metric, report_to


class Recorder:
    """Every record, in order. Refuses what Serve would refuse: unknown metrics, other tags, a counter that falls."""

    def __init__(self) -> None:
        self.records: list[tuple[Metric, float, dict[str, str]]] = []
        self.refused: list[str] = []

    def record(self, metric: Metric, value: float, tags: dict[str, str]) -> None:
        if (
            metric not in CATALOGUE
            or set(tags) != set(metric.tags)
            or not all(isinstance(v, str) for v in tags.values())
        ):
            self.refused.append(f"{metric.name} with {tags}")
        if metric.kind != "gauge" and value < 0:
            self.refused.append(f"{metric.name} by {value}")
        self.records.append((metric, value, dict(tags)))

    def values(self, metric: Metric, **tags: str) -> list[float]:
        """All values of a metric whose tags hold these."""
        return [value for m, value, message in self.records if m is metric and tags.items() <= message.items()]


@contextmanager
def recording() -> Iterator[Recorder]:
    """This process reports to a recorder for the time of the block."""
    recorder = Recorder()
    report_to(recorder)
    try:
        yield recorder
    finally:
        report_to(None)
    assert recorder.refused == []
