"""The dashboard and the alerts: made by the script, PromQL that parses, metrics that there are."""

import json
import re
import subprocess
from pathlib import Path

import promql_parser
import pytest
import ray
import yaml

from deployments.cluster import ROOT
from foundation.metrics import CATALOGUE
from scripts.lib.dashboard.serve import NODE_METRICS, SERVE_METRICS
from scripts.lib.make_dashboard import COLUMNS, ROWS, TARGET, dashboard, written

RAY = Path(ray.__file__).parent
SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
OURS = {f"ray_{m.name}{suffix}": m for m in CATALOGUE for suffix in SUFFIXES[m.kind]}
GIVEN_BY_SERVE = {"application", "deployment", "replica", "le"}
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"


def drawn():
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def rules():
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def expressions():
    visible = [(p["title"], target["expr"]) for p in drawn() for target in p["targets"]]
    return [*visible, *((rule["alert"], rule["expr"]) for rule in rules())]


def parsed(expression):
    return promql_parser.parse(expression.replace("$__rate_interval", "5m"))


def selected(expression):
    """The metrics that an expression names, each with the tags that it asks for."""
    found = []

    def visit(node):
        if isinstance(node, promql_parser.VectorSelector):
            found.append((node.name, {m.name for m in node.matchers.matchers}))

    promql_parser.walk(parsed(expression), visit)
    return found


def test_the_file_is_what_the_script_makes():
    assert TARGET.read_text() == written(), "run scripts/make_dashboard"


def test_the_script_writes_it(tmp_path):
    target = tmp_path / "deep" / "koma.json"
    subprocess.run(["./scripts/make_dashboard", "--target", target], cwd=ROOT, check=True, capture_output=True)
    assert target.read_bytes() == TARGET.read_bytes()


def test_every_expression_parses_and_names_metrics_that_there_are():
    for where, expression in expressions():
        named = selected(expression)
        assert named, where
        for name, tags in named:
            assert name in {*OURS, *SERVE_METRICS, *NODE_METRICS}, f"{where}: {name}"
            if name in OURS:
                assert tags <= {*OURS[name].tags, *GIVEN_BY_SERVE}, f"{where}: {name} {tags}"


def test_every_expression_groups_our_metrics_by_tags_that_they_have():
    for where, expression in expressions():
        tags = {tag for name, _ in selected(expression) if name in OURS for tag in OURS[name].tags}
        if tags and not any(name in SERVE_METRICS for name, _ in selected(expression)):
            for grouped in re.findall(r"by \(([^)]*)\)", expression):
                assert {tag.strip() for tag in grouped.split(",")} <= tags | {"le"}, f"{where}: {grouped}"


def test_every_metric_of_the_catalogue_is_shown():
    options = {name for panel in drawn() for target in panel["targets"] for name, _ in selected(target["expr"])}
    missing = [m.name for m in CATALOGUE if not options & {f"ray_{m.name}{suffix}" for suffix in SUFFIXES[m.kind]}]
    assert missing == []


def test_a_wrong_name_and_a_wrong_expression_would_be_found():
    assert selected("rate(ray_koma_nothing_total{app='x'}[5m])") == [("ray_koma_nothing_total", {"app"})]
    with pytest.raises(ValueError, match="parenthesis"):
        parsed("sum by (app (rate(ray_koma_images_total[5m]))")


@pytest.mark.parametrize("name", [*SERVE_METRICS, *NODE_METRICS])
def test_rays_own_metrics_are_those_of_the_ray_that_is_installed(name):
    """By Ray's own dashboards, which write names as Prometheus does; what they lack, by Serve's source."""
    plain = name.removesuffix("_bucket")
    folders = {"dashboard/modules/metrics/dashboards": plain, "serve/_private": plain.removeprefix("ray_")}
    texts = {word: "".join(p.read_text() for p in (RAY / folder).glob("*.py")) for folder, word in folders.items()}
    assert any(re.search(rf"\b{word}(?:_bucket|_count|_sum)?\b", text) for word, text in texts.items())


def test_panels_are_told_and_lie_beside_each_other():
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(dashboard()["panels"])
    taken = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < COLUMNS
        taken |= cells
    for panel in drawn():
        assert panel["description"].endswith("."), panel["title"]
        legends = [target["legendFormat"] for target in panel["targets"]]
        assert len(set(legends)) == len(legends), panel["title"]
        for target in panel["targets"]:
            # a legend that names a tag which the expression drops stays empty
            for tag in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
                assert re.search(rf"by \([^)]*\b{tag}\b", target["expr"]), (panel["title"], tag)
    assert [len(row.panels) for row in ROWS] == [6, 8, 3, 3, 3, 8, 3]


def test_variables_that_panels_use_are_declared():
    known = {variable["name"] for variable in dashboard()["templating"]["list"]} | {"__rate_interval"}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard()["panels"])))
    assert used <= known


def test_alerts_say_what_to_look_at():
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) >= 5
    for rule in rules():
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert set(rule["annotations"]) == {"summary", "description"}


def test_the_page_tells_what_is_measured_and_every_alert():
    page = (ROOT / "docs" / "how-to" / "monitor.md").read_text()
    displayed = re.findall(r"^\| `(ray_koma_\w+)` \| (\w+) \| ([^|]+) \| ([^|]*) \| ([^|]+) \|$", page, re.MULTILINE)
    tags = {m.name: ", ".join(f"`{tag}`" for tag in m.tags) for m in CATALOGUE}
    assert displayed == [(f"ray_{m.name}", m.kind, m.unit, tags[m.name], m.description) for m in CATALOGUE]
    assert re.findall(r"^\| `([A-Z]\w+[a-z])` \|", page, re.MULTILINE) == [rule["alert"] for rule in rules()]


def test_the_page_names_panels_that_there_are():
    page = (ROOT / "docs" / "how-to" / "monitor.md").read_text()
    titles = {panel["title"] for panel in drawn()}
    named = set(re.findall(r"(?<!\*)\*([^*|]+)\*(?!\*)", page))
    assert [name for name in named if not any(title.startswith(name) for title in titles)] == []


def test_prometheus_and_grafana_find_what_they_need():
    deploy = ROOT / "deploy"
    prometheus = yaml.safe_load((deploy / "prometheus" / "prometheus.yml").read_text())
    assert [(deploy / "prometheus" / name).is_file() for name in prometheus["rule_files"]] == [True]
    (job,) = prometheus["scrape_configs"]
    from ray._private.ray_constants import PROMETHEUS_SERVICE_DISCOVERY_FILE

    assert job["file_sd_configs"][0]["files"] == [f"/tmp/ray/{PROMETHEUS_SERVICE_DISCOVERY_FILE}"]
    provisioning = deploy / "grafana" / "provisioning"
    (source,) = yaml.safe_load((provisioning / "datasources" / "prometheus.yaml").read_text())["datasources"]
    assert source["type"] == "prometheus"
    assert source["jsonData"]["timeInterval"] == prometheus["global"]["scrape_interval"]
    (provider,) = yaml.safe_load((provisioning / "dashboards" / "koma.yaml").read_text())["providers"]
    assert provider["type"] == "file"
