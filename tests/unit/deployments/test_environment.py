"""What the house sets before it imports Ray."""

import os
import subprocess
import sys

ALONE = """
from deployments.cluster import prepare_environment
prepare_environment()
import ray
try:
    ray.get_actor("nobody")
except Exception as error:
    print(ray.is_initialized(), error)
"""


def test_what_outlives_ray_starts_no_other_one():
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    done = subprocess.run([sys.executable, "-c", ALONE], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("False")
    assert "Ray has not been started yet" in done.stdout
