"""The meter of a replica: the catalogue of ``foundation.metrics`` by ``ray.serve.metrics``.

Serve adds the tags application, deployment and replica. Ray exports all of a node's metrics to Prometheus, with the
prefix ``ray_``.
"""

import threading
from typing import Any

from ray.serve.metrics import Counter, Gauge, Histogram

from foundation.metrics import Metric


class ServeMeter:
    """Creates each metric with its first value: a replica reports few of them."""

    def __init__(self) -> None:
        self._created: dict[str, Any] = {}
        self._making = threading.Lock()

    def record(self, metric: Metric, value: float, tags: dict[str, str]) -> None:
        """See ``foundation.metrics.Meter``."""
        with self._making:
            meter = self._created.get(metric.name) or self._make(metric)
        match metric.kind:
            case "counter":
                # Ray refuses to add nothing
                if value > 0:
                    meter.inc(value, tags)
            case "gauge":
                meter.set(value, tags)
            case "histogram":
                meter.observe(value, tags)

    def _make(self, metric: Metric) -> Any:
        description = f"{metric.description} [{metric.unit}]"
        # Ray says that there is one tag, and takes any number
        tags: Any = metric.tags
        match metric.kind:
            case "counter":
                meter: Any = Counter(metric.name, description, tags)
            case "gauge":
                meter = Gauge(metric.name, description, tags)
            case "histogram":
                meter = Histogram(metric.name, description, list(metric.buckets), tags)
        self._created[metric.name] = meter
        return meter
