"""What README and docs say that needs no running cluster: commands that end, links, settings, the graph."""

import re
import shutil
import subprocess
import sys

import pytest

from deployments.cluster import ROOT
from tests.support.doc_commands import NEEDS_A_CLOUD, PAGES, RUN_BY_CI, RUN_ELSEWHERE, RUN_HERE, blocks, shell_lines

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]


def test_the_models_are_listed():
    done = subprocess.run(["./scripts/fetch_models"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "anime-lama" in done.stdout


def test_an_application_can_be_served_alone():
    from deployments.cluster import read_config
    from foundation.errors import Misconfigured
    from scripts.lib.serve import alone

    for name, port in (("inpaint", 8081), ("framepack", 8080), ("style", 8000)):
        config = alone(read_config(ROOT / "serve_config.yaml"), name)
        assert [(app["name"], app["route_prefix"]) for app in config["applications"]] == [(name, "/")]
        assert config["http_options"]["port"] == port
    with pytest.raises(Misconfigured, match="there are manga, inpaint, style, framepack, studio"):
        alone(config | {"applications": read_config(ROOT / "serve_config.yaml")["applications"]}, "cinema")


def test_a_config_that_is_none_is_told(tmp_path):
    (tmp_path / "bad.yaml").write_text("applications: []")
    process = subprocess.run(["./scripts/serve", tmp_path / "bad.yaml"], cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 1
    assert "names no applications" in process.stderr


def test_database_changes_go_as_shown(tmp_path):
    for part in ("foundation", "alembic.ini"):
        source, target = ROOT / part, tmp_path / part
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    (visible,) = [b for b in blocks("CONTRIBUTING.md", "bash") if "alembic" in b]
    for line in visible.replace(".venv/bin/", f"{sys.prefix}/bin/").splitlines():
        subprocess.run(line, shell=True, cwd=tmp_path, check=True, capture_output=True)
    (results,) = (tmp_path / "foundation/migrations/versions").glob("*what_changes.py")
    assert "op." not in results.read_text(), "the tables and the migrations differ"


def test_every_command_shown_is_run():
    ci = (ROOT / ".ci" / "run").read_text().splitlines()
    for line in shell_lines():
        if line.startswith("curl"):
            continue
        known = line in RUN_HERE or line in RUN_BY_CI or line in RUN_ELSEWHERE or line in NEEDS_A_CLOUD
        assert known, f"{line!r} is shown and run nowhere"
    assert set(ci) >= RUN_BY_CI
    assert all((ROOT / test).exists() for test in (RUN_ELSEWHERE | NEEDS_A_CLOUD).values())


def test_the_picture_of_the_graph_is_the_graph():
    from graphs.manga.app import make_graph

    assert make_graph().mermaid() in (ROOT / "docs" / "architecture.md").read_text()


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", (ROOT / page).read_text()):
            path = next(filter(None, target))
            if "://" not in path:
                assert ((ROOT / page).parent / path).exists(), f"{page} links to {path}"


def test_settings_shown_are_the_settings():
    from foundation.settings import Settings

    text = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert text <= {name.upper() for name in Settings.model_fields}


def test_setup_twice_changes_nothing():
    done = subprocess.run(["./scripts/setup", "dev"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
