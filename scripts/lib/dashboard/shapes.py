"""The words in which panels are declared, and the few forms of PromQL that they need."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from foundation.metrics import Metric

OF_APPS = 'app=~"$app"'
OF_APPLICATIONS = 'application=~"$application"'
WINDOW = "$__rate_interval"
WANTED = f"max by (application, deployment) (ray_serve_autoscaling_target_replicas{{{OF_APPLICATIONS}}})"
"""As many replicas as Serve wants, with autoscaling or without."""
QUANTILES = (0.5, 0.95)


@dataclass(frozen=True)
class PromQuery:
    """A line of a panel: PromQL, and its name in the legend."""

    expr: str
    legend: str


@dataclass(frozen=True)
class DashboardPanel:
    """A panel. ``unit`` is Grafana's word for it, ``width`` is of 24, ``limits`` colour a number from there on."""

    title: str
    description: str
    unit: str
    queries: Sequence[PromQuery]
    kind: Literal["timeseries", "stat"] = "timeseries"
    width: int = 8
    stacked: bool = False
    limits: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True)
class DashboardRow:
    """Panels under one heading."""

    title: str
    panels: Sequence[DashboardPanel]


def exported(metric: Metric) -> str:
    """The name under which Ray tells a metric to Prometheus."""
    return f"ray_{metric.name}"


def rate(metric: Metric, by: str, where: str = "", per: str = "second") -> str:
    """How fast a counter grows, summed over replicas."""
    times = {"second": "", "minute": " * 60", "hour": " * 3600"}[per]
    return f"sum by ({by}) (rate({exported(metric)}{{{where}}}[{WINDOW}])){times}"


def highest(metric: Metric, by: str, where: str = "") -> str:
    """A gauge of which all replicas tell the same."""
    return f"max by ({by}) ({exported(metric)}{{{where}}})"


def summed(metric: Metric, by: str, where: str = "") -> str:
    """A gauge of which each replica tells its own part."""
    return f"sum by ({by}) ({exported(metric)}{{{where}}})"


def quantiles(metric: Metric | str, by: str, where: str = "") -> list[PromQuery]:
    """The median and the 95th percentile of a histogram, over all replicas."""
    name = metric if isinstance(metric, str) else exported(metric)
    inner = f"sum by (le, {by}) (rate({name}_bucket{{{where}}}[{WINDOW}]))"
    legend = " ".join(f"{{{{{tag.strip()}}}}}" for tag in by.split(","))
    return [PromQuery(f"histogram_quantile({q}, {inner})", f"{legend} p{q * 100:.0f}") for q in QUANTILES]
