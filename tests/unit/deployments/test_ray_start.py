"""A Ray that cannot start: one sentence with its reason, its logs, and what to do."""

import os
import subprocess
import sys

from deployments.cluster import ROOT

# sockets in so long a folder are refused by the system: Ray itself fails, at each attempt
ALONE = """
from deployments.cluster import ClusterFailed, local_ray
try:
    with local_ray(_temp_dir="/tmp/koma-" + "x" * 100):
        print("it started")
except ClusterFailed as error:
    print(error)
"""


def test_a_ray_that_does_not_start_is_one_sentence():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    done = subprocess.run([sys.executable, "-c", ALONE], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("Ray did not start in 2 attempts: ")
    assert "/session_latest/logs. " in line
    assert line.endswith("then start again")
    assert "Traceback" not in done.stderr
