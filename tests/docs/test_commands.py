"""What README and docs show is run here, word for word; only the port and the folder are this test's own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import httpx2
import pytest
import yaml

from deployments.cluster import ROOT, free_port, read_config
from tests.support.doc_commands import (
    SERVE_STATUS,
    blocks,
)
from tests.support.running import Running, left_behind
from tests.support.waiting import until

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]
DEFAULT_URL = "http://127.0.0.1:8000"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


@pytest.fixture
def short_folder():
    # paths of sockets end at 107 characters
    with tempfile.TemporaryDirectory(prefix="koma-", dir="/tmp", ignore_cleanup_errors=True) as short:
        yield short


def run_curl(url, folder):
    (curl,) = [b for b in blocks("README.md", "bash") if b.startswith("curl")]
    out = subprocess.run(curl.replace(DEFAULT_URL, url), shell=True, capture_output=True, text=True, check=True)
    assert '"status_url"' in out.stdout


def run_python(page, url, folder):
    program = folder / "shown.py"
    program.write_text("\n".join(blocks(page, "python")).replace(DEFAULT_URL, url))
    return subprocess.run(
        [sys.executable, program], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )


def check_text_removal(url, folder):
    """The three clients of the page about text removal; Node where there is one."""
    page = "docs/how-to/remove-text.md"
    curl = next(b for b in blocks(page, "bash") if b.startswith("curl")).replace(DEFAULT_URL, url)
    subprocess.run(curl, shell=True, executable="/bin/bash", cwd=folder, check=True)
    assert (folder / "cleaned.png").read_bytes().startswith(b"\x89PNG")
    displayed = run_python(page, url, folder)
    assert displayed.returncode == 0, displayed.stderr
    assert "task_completed" in displayed.stdout
    assert (folder / "page-without-words.png").read_bytes().startswith(b"\x89PNG")
    if node := shutil.which("node"):
        (program,) = blocks(page, "js")
        (folder / "shown.js").write_text(program.replace(DEFAULT_URL, url))
        done = subprocess.run([node, "shown.js"], cwd=folder, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
        assert (folder / "cleaned.webp").read_bytes()[8:12] == b"WEBP"


def check_style(url, folder):
    """The two clients of the page about style transform."""
    page = "docs/how-to/transform-style.md"
    curl = next(b for b in blocks(page, "bash") if b.startswith("curl")).replace(DEFAULT_URL, url)
    accepted = subprocess.run(curl, shell=True, cwd=folder, check=True, capture_output=True, text=True)
    assert '"status_url"' in accepted.stdout
    displayed = run_python(page, url, folder)
    assert displayed.returncode == 0, displayed.stderr
    assert "completed 100" in displayed.stdout
    assert (folder / "page-in-clay.png").read_bytes().startswith(b"\x89PNG")


def check_framepack(url, folder):
    """The two clients of the page about pictures and films."""
    page = "docs/how-to/generate-images-and-video.md"
    curl = next(b for b in blocks(page, "bash") if b.startswith("curl")).replace(DEFAULT_URL, url)
    accepted = subprocess.run(curl, shell=True, cwd=folder, check=True, capture_output=True, text=True)
    job = json.loads(accepted.stdout)["job_id"]
    displayed = run_python(page, url, folder)
    assert displayed.returncode == 0, displayed.stderr
    assert "completed 100" in displayed.stdout
    assert all((folder / f"picture-{n}.png").read_bytes().startswith(b"\x89PNG") for n in (0, 1))
    status = f"{url}/framepack/status/{job}"
    until(lambda: httpx2.get(status).json()["status"] not in {"pending", "processing"}, 300)
    assert httpx2.get(status).json()["status"] == "completed"
    assert b"ftyp" in httpx2.get(f"{url}/framepack/download/video/{job}").content[:16]


def check_status(url, dashboard, token):
    """``scripts/status`` and ``serve status`` know the applications; the first their engines, too."""
    serve_status = SERVE_STATUS.replace("data/ray_token", str(token))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")} | {
        "RAY_DASHBOARD_ADDRESS": dashboard
    }
    done = subprocess.run(
        serve_status, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(yaml.safe_load(done.stdout)["applications"]) == {"inpaint", "framepack", "manga", "style", "studio"}
    command = ["./scripts/status", "--url", url, "--dashboard", dashboard, "--token-file", str(token)]
    done = subprocess.run([*command, "--json"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert set(report["applications"]) == {"inpaint", "framepack", "manga", "style"}
    assert all(each["status"] == "healthy" for each in report["applications"].values()), report
    assert report["applications"]["manga"]["engines"]["draft"]["ready"]
    assert report["applications"]["style"]["engines"]
    assert report["applications"]["framepack"]["engines"]
    artists = next(each for each in report["replicas"] if each["deployment"] == "Artist")
    assert (artists["application"], artists["running"], artists["wanted"]) == ("manga", 5, 5)
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "manga/Artist" in process
    away = subprocess.run(["./scripts/status", "--url", "http://127.0.0.1:9"], cwd=ROOT, capture_output=True, text=True)
    assert away.returncode == 1
    assert "./scripts/serve" in away.stderr


@pytest.fixture
def clone(tmp_path):
    """A fresh clone. It is not installed anew: that takes minutes, and CI has just done it."""
    fresh = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, fresh], check=True)
    (fresh / ".venv").symlink_to(sys.prefix)
    return fresh


def test_a_fresh_clone_draws_and_goes_on_serving(clone, folder):
    demo = Running("./scripts/demo", folder, cwd=clone)
    try:
        url = demo.url()
        assert httpx2.get(f"{url}/manga/health").json()["status"] == "healthy"
    finally:
        code = demo.stop()
    assert code == 0, demo.log.read_text()
    assert {"page-001.png", "page-004.png", "manga.pdf"} <= {
        path.name for path in (clone / "out" / "rooftop").iterdir()
    }
    assert left_behind(demo.process.pid) == []


def test_a_fresh_clone_draws_once_and_ends(clone):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "KOMA_"))}
    command = ["./scripts/demo", "--once", "examples/lighthouse.txt"]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "by 5 artists" in done.stdout
    assert ", 0 failed" in done.stdout
    results = [path.name for path in (clone / "out" / "lighthouse").iterdir()]
    assert sum(name.startswith("page-") for name in results) >= 4
    assert {"manga.pdf", "manga.cbz", "manga.epub", "manga.png.zip"} <= set(results)


def test_serve_and_what_is_shown_on_top_of_it(folder):
    port = free_port()
    served = Running(
        ["./scripts/serve", "--port", str(port), "--metrics-port", str(free_port()), "--dashboard"], folder
    )
    try:
        url = served.url()
        assert url == f"http://127.0.0.1:{port}"
        check_status(url, served.logged(r"^dashboard on (http://[\d.:]+)").group(1), folder / "data" / "ray_token")
        run_curl(url, folder)
        displayed = run_python("docs/how-to/draw-manga.md", url, folder)
        assert displayed.returncode == 0, displayed.stderr
        assert "pipeline_completed" in displayed.stdout
        assert "approved" in displayed.stdout
        assert (folder / "manga.pdf").read_bytes().startswith(b"%PDF")
        assert (folder / "page-1.png").exists()
        check_text_removal(url, folder)
        check_style(url, folder)
        check_framepack(url, folder)
    finally:
        code = served.stop()
    assert code == 0, served.log.read_text()
    assert left_behind(served.process.pid) == []


def test_serve_run_starts_all_applications_on_two_cpus(folder, short_folder):
    """The shown command, on a Ray that is told of two CPUs; only the port of the config is this test's own."""
    config = read_config(ROOT / "serve_config.yaml")
    port, gcs = free_port(), free_port()
    config["http_options"]["port"] = port
    (folder / "serve.yaml").write_text(yaml.safe_dump(config))
    small = "--num-cpus 2 --object-store-memory 200000000 --include-dashboard false --node-ip-address 127.0.0.1"
    ports = f"--port {gcs} --min-worker-port 0 --max-worker-port 0 --dashboard-agent-listen-port {free_port()}"
    start = f"{sys.prefix}/bin/ray start --head --block {small} {ports} --metrics-export-port 0 --temp-dir"
    ray = Running([*start.split(), short_folder], folder, "ray", RAY_AUTH_MODE="disabled")
    served = None
    try:
        ray.logged(r"Ray runtime started")
        run = [f"{sys.prefix}/bin/serve", "run", f"{folder}/serve.yaml", "--address", f"127.0.0.1:{gcs}"]
        served = Running(run, folder, "serve-run", RAY_AUTH_MODE="disabled")
        client = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
        served.until(lambda: set(running(client)) == {app["route_prefix"] for app in config["applications"]})
        body = {"text": "雨の日に出会った二人の、小さな冒険の話。", "hitl_enabled": False}
        story = client.post("/manga/api/v1/manga/generate", json=body).raise_for_status().json()
        served.until(lambda: client.get(story["status_url"]).json()["status"] in {"completed", "failed", "cancelled"})
        assert client.get(story["status_url"]).json()["status"] == "completed"
    finally:
        for each in filter(None, (served, ray)):
            each.stop(signal.SIGTERM)
    assert left_behind(served.process.pid) == left_behind(ray.process.pid) == []


def running(client):
    """The prefixes of the applications that are ready, by each one's own word."""
    try:
        routes = client.get("/-/routes").json()
        return [
            prefix
            for prefix in routes
            if client.get(f"{prefix.rstrip('/')}/health/ready", timeout=5).status_code == 200
        ]
    except (httpx2.HTTPError, ValueError):
        # the proxy is not there, or has no table of routes yet
        return []
