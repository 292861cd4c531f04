"""``--help`` and ``--version`` of every script: they print, and change nothing."""

import os
import re
import subprocess

import pytest

from deployments.cluster import ROOT

SHELL = sorted(
    path.name
    for path in (ROOT / "scripts").iterdir()
    if path.is_file() and path.read_text().startswith("#!/usr/bin/env bash")
)
MODULE = re.compile(r" -m (scripts\.lib\.[\w.]+)")


def run_alone(folder, name, option):
    """The script in a copy of the folder that has no .venv: whatever installs or computes would fail here."""
    (folder / "scripts").symlink_to(ROOT / "scripts")
    (folder / "pyproject.toml").symlink_to(ROOT / "pyproject.toml")
    environment = {**os.environ, "PYTHON": "/bin/false"}
    command = ["bash", f"scripts/{name}", option]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", SHELL)
def test_help_prints_usage_and_does_nothing_else(name):
    before = {path: path.stat().st_mtime_ns for path in (ROOT / "deploy").rglob("*") if path.is_file()}
    done = subprocess.run(
        [ROOT / "scripts" / name, "--help"], cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"Usage: ./scripts/{name}" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in (ROOT / "deploy").rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", SHELL)
def test_help_needs_no_installation(tmp_path, name):
    done = run_alone(tmp_path, name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: ./scripts/{name}\n")
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize("name", SHELL)
def test_version(tmp_path, name):
    done = run_alone(tmp_path, name, "--version")
    assert (done.returncode, done.stdout) == (0, "koma 0.1.0\n")


def migrate(folder, *arguments):
    environment = {**os.environ, "KOMA_DATA_DIR": str(folder)}
    environment.pop("DATABASE_URL", None)
    command = [ROOT / "scripts" / "migrate", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_migrate_makes_the_schema_and_names_what_is_unknown(tmp_path):
    for _ in range(2):
        done = migrate(tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "koma.db").exists()
    unknown = migrate(tmp_path, "nosuch")
    assert unknown.returncode == 1
    assert "nosuch" in unknown.stderr
    assert "Traceback" not in unknown.stderr


def test_a_script_runs_the_module_of_its_name():
    scripts = [
        path for path in (ROOT / "scripts").rglob("*") if path.is_file() and path.parent.name in {"scripts", "bench"}
    ]
    found = {path: set(MODULE.findall(path.read_text())) for path in scripts if not path.suffix}
    named = {path: ".".join(path.relative_to(ROOT / "scripts").parts) for path in found}
    assert {path: modules for path, modules in found.items() if modules - {f"scripts.lib.{named[path]}"}} == {}
