"""The seed's 97 s through Google's protocols: an emulator answers as slowly as seed 003 says, Koma does the rest.

12 concept -> 18 characters ∥ 15 story -> 20 name -> 25 for five pictures at once -> lettering and pages, ours
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from deployments.cluster import free_port, local_ray, wait_until_ready
from foundation.settings import get_settings
from scripts.lib.http import Client

# by the model that is asked, in the order of its calls
TEXT_S = {"vertex_text_model": (12.0, 18.0), "vertex_plan_model": (15.0, 20.0)}
IMAGE_S = 25.0
# the seed's 4 and 3 s for lettering and pages are no calls: they are what Koma takes itself
SUM_S, PATH_S = 97.0, 12.0 + 18.0 + 20.0 + IMAGE_S
STORY = (
    "放課後の屋上。ハルは空を見上げていた。\n「ねえ、ハル」とミオが言った。\n「えっ……！？」ハルは驚いた。\n"
    "「いっしょに星を見に行こう！」ミオが叫んだ。\n「ほ、本気かよ！？」とハルは言った。\n二人は走り出した。"
)
SEED = 0
REQUEST = {"text": STORY, "hitl_enabled": False, "seed": SEED, "clean_lettering": False}
PANELS = [f"p{page}.panel{number}" for page in range(1, 9) for number in range(1, 10)]


def measure_google(scale: float, runs: int) -> dict[str, Any]:
    """Medians over ``runs`` sessions after a first one that warms up; times at ``scale``."""
    with _served_app() as (api, emulator):
        _session(api, "warm")
        entries = [measured(api, emulator, scale, f"run {number}") for number in range(runs)]
    walls = [each["wall_s"] for each in entries]
    return {
        "scale": scale,
        "wall_s": round(median(walls), 1),
        "walls_s": walls,
        "critical_path_s": PATH_S * scale,
        "sum_of_phases_s": SUM_S * scale,
        "pictures": [each["pictures"] for each in entries],
        "pictures_at_once": max(each["at_once"] for each in entries),
        "pictures_over_slowest": round(median(each["over_slowest"] for each in entries), 3),
    }


@contextmanager
def _served_app() -> Iterator[tuple[str, Any]]:
    from tests.emulator.running import Emulator

    emulator = Emulator("--side", "96")
    # replicas read these from the environment that Ray is started in
    os.environ |= {  # noqa: TID251
        "VERTEX_PROJECT": "emulated",
        "VERTEX_BASE_URL": emulator.url,
        "VERTEX_GRPC_TARGET": emulator.grpc_target,
        "VERTEX_IMAGE_RPM": "6000",
    }
    get_settings.cache_clear()
    try:
        with local_ray(16):
            yield _deployed(), emulator
    finally:
        emulator.stop()


def _deployed() -> str:
    from ray import serve

    from graphs.manga.app import MangaArgs, build

    port = free_port()
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    target = serve.RunTarget(build(MangaArgs()), name="manga", route_prefix="/manga")
    serve.run_many([target], wait_for_applications_running=False, wait_for_ingress_deployment_creation=False)
    wait_until_ready(["manga"], lambda _: None)
    return f"http://127.0.0.1:{port}/manga/api/v1/manga"


def measured(api: str, emulator: Any, scale: float, title: str) -> dict[str, Any]:
    """One session: seconds, pictures, how many at once, and their span over the slowest of them."""
    emulator.forget()
    settings = get_settings()
    for setting, delays in TEXT_S.items():
        for number, delay in enumerate(delays):
            model = getattr(settings, setting)
            emulator.fault("slow", where="text", model=model, after=number, delay=delay * scale)
    emulator.fault("slow", times=-1, where="image", delay=IMAGE_S * scale)
    wall = _session(api, title)
    report = emulator.report()
    pictures = [call for call in report["calls"] if call["kind"] == "image"]
    span = max(call["ended_at"] for call in pictures) - min(call["started_at"] for call in pictures)
    slowest = max(call["ended_at"] - call["started_at"] for call in pictures)
    return {
        "wall_s": round(wall, 1),
        "pictures": len(pictures),
        "at_once": report["peak"],
        "over_slowest": span / slowest,
    }


def _session(api: str, title: str) -> float:
    """Seconds of one session whose panels Imagen draws; ``title`` keeps it from being remembered."""
    engines = {"writer": "gemini", "artist": "draft", "panels": dict.fromkeys(PANELS, "imagen")}
    started = time.monotonic()
    requested = REQUEST | {"title": title, "engines": engines}
    with Client() as client:
        payload = client.post(f"{api}/generate", requested).raise_for_status().json()
        while (status := client.get(payload["status_url"]).json()["status"]) not in {"completed", "error"}:
            time.sleep(0.1)
    if status == "error":
        raise RuntimeError(f"the session {title} failed")
    return time.monotonic() - started
