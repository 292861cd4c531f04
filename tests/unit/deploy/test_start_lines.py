"""The start lines of cluster.yaml with a real Ray: two nodes of one machine, a token, Redis with a password, Serve.

Ports and folders are this test's own, as both nodes are on one machine; all else is as the launcher would run it.
"""

import os
import shutil
import subprocess
from contextlib import suppress

import httpx2
import psutil
import pytest
import redis
import yaml
from ray.autoscaler._private.util import prepare_config

from deployments.cluster import ROOT
from tests.support.servers import Redis, free_port
from tests.support.waiting import until

pytestmark = [pytest.mark.ray, pytest.mark.timeout(600)]
KEY = "a-key-of-this-test-alone"
PASSWORD = "a-password-of-redis"
SECONDS = 120


class Nodes:
    """Head and worker, started by the lines of cluster.yaml."""

    def __init__(self, folder, redis_port):
        self._folder = folder
        self._cluster = prepare_config(yaml.safe_load((ROOT / "cluster.yaml").read_text()))
        self._gcs, dashboard = free_port(), free_port()
        self.dashboard = f"http://127.0.0.1:{dashboard}"
        self._processes = {}
        secrets = folder / "secrets"
        secrets.mkdir()
        (secrets / "auth_token").write_text("a" * 64)
        options = {
            "API_KEYS": f'["{KEY}"]',
            "KOMA_DATA_DIR": folder / "data",
            "RAY_REDIS_ADDRESS": f"127.0.0.1:{redis_port}",
            "RAY_REDIS_PASSWORD": PASSWORD,
        }
        (secrets / "env").write_text("".join(f"{name}={value}\n" for name, value in options.items()))
        # a short path: sockets lie there
        self._session = f"/tmp/koma-{os.getpid()}"
        head = f"--port={self._gcs} --dashboard-port={dashboard} --temp-dir={self._session}"
        own = {"--port=6379": head, "--autoscaling-config=~/ray_bootstrap_config.yaml": ""}
        self._lines = {
            "head": self._line("head_start_ray_commands", own),
            "worker": self._line(
                "worker_start_ray_commands",
                {"$RAY_HEAD_IP:6379": f"127.0.0.1:{self._gcs} --num-cpus=8 --min-worker-port=0 --max-worker-port=0"},
            ),
        }

    @property
    def environment(self):
        """What the options of the container tell, with this test's home."""
        given = [each for each in self._cluster["docker"]["run_options"] if each.startswith("-e ")]
        options = dict(each.removeprefix("-e ").split("=", 1) for each in given)
        options = {name: value.replace("/home/koma", str(self._folder)) for name, value in options.items()}
        path = f"{ROOT}/.venv/bin:/usr/bin:/bin"
        return options | {
            "HOME": str(self._folder),
            "PATH": path,
            "PYTHONPATH": str(ROOT),
            "RAY_USAGE_STATS_ENABLED": "0",
        }

    def _line(self, commands, own):
        line = next(each for each in self._cluster[commands] if "ray start" in each)
        own |= {
            "cd /koma": f"cd {ROOT}",
            "--object-manager-port=8076": "--node-ip-address=127.0.0.1 --object-store-memory=100000000 --block",
            "--metrics-export-port=8080": f"--metrics-export-port=0 --dashboard-agent-listen-port={free_port()}",
        }
        for displayed, ours in own.items():
            assert displayed in line
            line = line.replace(displayed, ours)
        return line

    def start(self, name):
        log = self._folder / f"{name}.log"
        with log.open("w") as out:
            command = ["bash", "-c", self._lines[name]]
            self._processes[name] = subprocess.Popen(
                command, env=self.environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        until(lambda: "Ray runtime started" in log.read_text(), SECONDS, log.read_text)

    def kill(self, name):
        """kill -9 of a node: of what its start line began, and of all that this began."""
        process = self._processes.pop(name)
        leader = psutil.Process(process.pid)
        whole = [leader, *leader.children(recursive=True)]
        for each in whole:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait()
        # the head's proxy shares the port of the worker's, and may still take a connection while it dies
        psutil.wait_procs(whole, timeout=SECONDS)

    def stop(self):
        for name in list(self._processes):
            self.kill(name)
        shutil.rmtree(self._session, ignore_errors=True)

    def serve(self, *arguments, **other):
        environment = (
            self.environment | {"RAY_DASHBOARD_ADDRESS": self.dashboard, "RAY_ADDRESS": self.dashboard} | other
        )
        return subprocess.run(["serve", *arguments], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def nodes(tmp_path):
    server = Redis()
    redis.from_url(server.url).config_set("requirepass", PASSWORD)
    result = Nodes(tmp_path, server.port)
    try:
        yield result
    finally:
        result.stop()
        server.stop()


def test_a_cluster_serves_by_token_alone_and_goes_on_without_its_head(nodes, tmp_path):
    nodes.start("head")
    nodes.start("worker")
    config = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    port = free_port()
    config["http_options"] = {"host": "127.0.0.1", "port": port}
    config["proxy_location"] = "EveryNode"
    config["applications"] = [app for app in config["applications"] if app["name"] == "studio"]
    (tmp_path / "serve.yaml").write_text(yaml.safe_dump(config))

    strange = nodes.serve("deploy", str(tmp_path / "serve.yaml"), RAY_AUTH_MODE="disabled")
    assert strange.returncode != 0
    assert "token" in strange.stderr
    deployed = nodes.serve("deploy", str(tmp_path / "serve.yaml"))
    assert deployed.returncode == 0, deployed.stderr
    until(lambda: "status: RUNNING" in nodes.serve("status").stdout, SECONDS, lambda: nodes.serve("status").stdout)

    def ask():
        return httpx2.get(f"http://127.0.0.1:{port}/", headers={"X-API-Key": KEY}, timeout=10).status_code

    # both proxies share the port here, and that of the worker learns the routes a moment later under load
    until(lambda: [ask() for _ in range(20)] == [200] * 20, SECONDS)
    assert httpx2.get(f"http://127.0.0.1:{port}/", timeout=10).status_code == 401
    # no replica lives on the head: its end is no outage
    nodes.kill("head")
    assert [ask() for _ in range(20)] == [200] * 20
