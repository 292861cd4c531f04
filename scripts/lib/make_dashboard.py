"""``scripts/make_dashboard``: the Grafana dashboard of Koma.

rows of panels (scripts/lib/dashboard) -> a grid of 24 columns -> deploy/grafana/dashboards/koma.json
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from foundation.metrics import JOBS_QUEUED
from scripts.lib.cli import run
from scripts.lib.dashboard.serve import NODES, SERVE
from scripts.lib.dashboard.shapes import DashboardPanel, DashboardRow, exported
from scripts.lib.dashboard.system import GLANCE, GOOGLE, JOBS, MANGA, SAMPLERS

ROOT = Path(__file__).parents[2]
TARGET = ROOT / "deploy" / "grafana" / "dashboards" / "koma.json"
ROWS = (GLANCE, JOBS, MANGA, SAMPLERS, GOOGLE, SERVE, NODES)
COLUMNS = 24
HEIGHTS = {"timeseries": 8, "stat": 4}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
Json = dict[str, Any]


def dashboard() -> Json:
    """The dashboard as Grafana reads it."""
    return {
        "uid": "koma",
        "title": "Koma",
        "description": "Jobs, pictures, samplers, Google's bill, and Serve below. Made by scripts/make_dashboard.",
        "tags": ["koma", "ray"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": _variables()},
        "panels": list(_placed(ROWS)),
    }


def _variables() -> list[Json]:
    source = {"name": "datasource", "label": "Data source", "type": "datasource", "query": "prometheus"}
    return [
        source,
        _values("app", "Jobs of", f"label_values({exported(JOBS_QUEUED)}, app)"),
        _values("application", "Serve application", "label_values(ray_serve_deployment_replica_healthy, application)"),
    ]


def _values(name: str, label: str, query: str) -> Json:
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def _placed(rows: Sequence[DashboardRow]) -> Iterator[Json]:
    number, y = 0, 0
    for row in rows:
        number += 1
        yield {"id": number, "type": "row", "title": row.title, "collapsed": False, "panels": []} | _at(
            0, y, COLUMNS, 1
        )
        y, x, height = y + 1, 0, 0
        for panel in row.panels:
            if x + panel.width > COLUMNS:
                x, y = 0, y + height
            number, height = number + 1, HEIGHTS[panel.kind]
            yield {"id": number} | _drawn(panel) | _at(x, y, panel.width, height)
            x += panel.width
        y += height


def _at(x: int, y: int, width: int, height: int) -> Json:
    return {"gridPos": {"x": x, "y": y, "w": width, "h": height}}


def _drawn(panel: DashboardPanel) -> Json:
    targets = [
        {
            "refId": chr(ord("A") + n),
            "datasource": SOURCE,
            "expr": query.expr,
            "legendFormat": query.legend or panel.title,
        }
        for n, query in enumerate(panel.queries)
    ]
    steps: list[Json] = [{"color": "green", "value": None}]
    steps += [{"color": colour, "value": value} for value, colour in panel.limits]
    defaults: Json = {
        "unit": panel.unit,
        "min": 0,
        "thresholds": {"mode": "absolute", "steps": steps},
        "color": {"mode": "thresholds" if panel.kind == "stat" else "palette-classic"},
    }
    if panel.kind == "timeseries":
        defaults["custom"] = {
            "fillOpacity": 20 if panel.stacked else 0,
            "lineWidth": 1,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"},
        }
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "datasource": SOURCE,
        "targets": targets,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _options(panel),
    }


def _options(panel: DashboardPanel) -> Json:
    if panel.kind == "stat":
        return {"colorMode": "value", "graphMode": "area", "reduceOptions": {"calcs": ["lastNotNull"]}}
    legend = {"displayMode": "table", "placement": "bottom", "showLegend": True, "calcs": ["lastNotNull", "max"]}
    return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}


def written() -> str:
    """The dashboard as it is in the file."""
    return json.dumps(dashboard(), indent=2, ensure_ascii=False) + "\n"


def main(target: Annotated[Path, typer.Option(help="The file to write.")] = TARGET) -> None:
    """Write the dashboard."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(written())
    typer.echo(f"{target}: {sum(len(row.panels) for row in ROWS)} panels in {len(ROWS)} rows")


if __name__ == "__main__":
    run("make_dashboard", main)
