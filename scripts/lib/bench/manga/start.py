"""Koma as ``scripts/serve`` starts it: seconds to READY, and memory before and after a session."""

import time
from typing import Any

from deployments.cluster import ROOT, ClusterFailed, read_config, serving
from scripts.lib.bench.memory import measure_memory
from scripts.lib.http import Client

SESSION_SECONDS = 600.0


def measure_start(story: str) -> dict[str, Any]:
    """Start, measure, draw one story, measure again."""
    started = time.monotonic()
    with serving(read_config(ROOT / "serve_config.yaml"), lambda _: None) as url:
        ready = time.monotonic() - started
        idle = measure_memory()
        session = _draw(url, story)
        return {
            "start_to_ready_s": round(ready, 1),
            "memory_at_ready": idle,
            "session_s": round(session, 1),
            "memory_after_a_session": measure_memory(),
        }


def _draw(url: str, story: str) -> float:
    body = {"text": story, "hitl_enabled": False}
    started = time.monotonic()
    with Client() as client:
        accepted = client.post(f"{url}/manga/api/v1/manga/generate", body).raise_for_status().json()
        while time.monotonic() - started < SESSION_SECONDS:
            status = client.get(accepted["status_url"]).raise_for_status().json()["status"]
            if status == "completed":
                return time.monotonic() - started
            if status in {"failed", "cancelled"}:
                break
            time.sleep(0.2)
    raise ClusterFailed("the session did not complete")
