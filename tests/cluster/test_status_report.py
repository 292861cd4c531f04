"""``scripts/serve`` on a machine without GPUs: it names what needs one and waits for nothing."""

import os
import subprocess
import sys

import yaml

from deployments.cluster import ROOT, free_port


def test_an_application_that_needs_a_gpu_is_named(tmp_path):
    config = {
        "http_options": {"host": "127.0.0.1", "port": free_port()},
        "applications": [
            {
                "name": "inpaint",
                "route_prefix": "/iopaint",
                "import_path": "graphs.inpaint:build",
                # a replica that was never placed is waited for as long as one that works
                "args": {"inpainter": {"num_gpus": 0.5, "graceful_shutdown_timeout_s": 1}},
            }
        ],
    }
    path = tmp_path / "serve.yaml"
    path.write_text(yaml.safe_dump(config))
    environment = dict(os.environ) | {"KOMA_DATA_DIR": str(tmp_path / "data"), "CUDA_VISIBLE_DEVICES": ""}
    for name in ("DATABASE_URL", "RAY_TMPDIR"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "scripts.lib.serve", str(path)]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 1
    assert "Koma did not start" in ended.stderr
    assert "inpaint/Inpainter: a replica has no room, each wants 0.5 GPU and 0.02 CPU" in ended.stderr
