"""Manga by Google's models as it is deployed: five pictures at once, limits over replicas, cancel, kill -9, logs."""

from pathlib import Path

import httpx2
import pytest
import ray

from deployments.model_ref import ModelRef
from foundation.settings import get_settings
from graphs.manga.app import MangaArgs, build
from scripts.lib.bench.manga.google import measured
from tests.serve.cluster import kill
from tests.serve.conftest import GOOGLE_TOKEN
from tests.serve.manga_google import API, STORY, begin, ended, phase
from tests.support.waiting import until

APP = "google"


@pytest.fixture(scope="module")
def client(cluster, shared_app):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERTEX_PROJECT", "p")
        get_settings.cache_clear()
        args = MangaArgs(
            artist=ModelRef(num_replicas=5, max_ongoing_requests=1), letterer=ModelRef(num_replicas=1), max_jobs=2
        )
        target = build(args)
    get_settings.cache_clear()
    shared_app(target, "/google", APP)
    with httpx2.Client(base_url=cluster.url + "/google", timeout=60) as opened:
        yield opened


@pytest.fixture(autouse=True)
def fresh(google):
    google.forget()


def pictures(google):
    return [call for call in google.calls if call["kind"] == "image"]


def test_gemini_writes_and_five_replicas_have_five_pictures_drawn_at_once(client, google):
    # longer than sketches take on a slow machine, so that all five places are taken at some moment
    google.fault("slow", times=-1, where="image", delay=4)
    name = begin(client, writer="gemini")
    assert ended(client, name)["status"] == "completed"
    assert google.report()["peak"] == 5
    images = phase(client, name, 5)
    assert {image["engine"] for image in images["generated_images"]} == {"imagen"}
    assert images["quality_analysis"]["usage"]["images"] == len(images["generated_images"])
    assert phase(client, name, 4)["engine"] == "gemini"


def test_an_engine_that_is_not_there_is_refused_before_the_job(client):
    before = client.get(f"{API}/sessions").json()["total"]
    body = {"text": STORY, "engines": {"panels": {"p1.panel1": "framepack"}}}
    answer = client.post(f"{API}/generate", json=body)
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "engine_not_ready"
    assert problem["errors"][0]["pointer"] == "/engines/panels/p1.panel1"
    assert client.get(f"{API}/sessions").json()["total"] == before


def test_what_google_refuses_is_told_in_its_own_words(client, google):
    google.fault("invalid", times=-1, where="text")
    # what Google has answered of the other story is in the cache
    status = ended(client, begin(client, writer="gemini", text="別の話。" + STORY))
    assert status["status"] == "failed", status
    assert "lost" not in str(status)


def test_a_storm_of_429_is_met_by_one_gate(client, google):
    google.fault("rate_limit", times=3, where="image", retry_after=0.5)
    name = begin(client)
    assert ended(client, name)["status"] == "completed"
    result = phase(client, name, 5)
    assert result["quality_analysis"]["failed"] == 0
    needed = len(result["generated_images"]) + len(phase(client, name, 2)["portraits"])
    refused = sum(call["outcome"] == "429" for call in pictures(google))
    # those that were on their way when the first was refused, and no others
    assert refused == 3
    assert len(pictures(google)) == needed + refused


def test_cancel_reaches_google(client, google):
    google.fault("hang", times=-1, where="image")
    name = begin(client)
    until(lambda: len(pictures(google)) >= 1)
    client.post(f"{API}/sessions/{name}/cancel")
    assert ended(client, name)["status"] == "cancelled"
    until(lambda: not any(call["outcome"] == "running" for call in google.calls))
    assert {call["outcome"] for call in pictures(google)} == {"cancelled"}


def test_kill_of_the_pipeline_pays_for_no_finished_picture_twice(client, cluster, google):
    google.fault("slow", times=-1, where="image", delay=0.4)
    name = begin(client)
    seen = until(lambda: sum(call["outcome"] == "ok" for call in pictures(google)) >= 5)
    assert seen
    (pid,) = cluster.pids(APP, "Pipeline").values()
    kill(pid)
    assert ended(client, name)["status"] == "completed"
    needed = len(phase(client, name, 5)["generated_images"]) + len(phase(client, name, 2)["portraits"])
    # what was on its way is asked for again: five at the gate, and as many that came back to nobody
    assert needed <= len(pictures(google)) <= needed + 10


def test_no_secret_and_no_words_of_a_story_are_in_any_log(client, google):
    name = begin(client, writer="gemini")
    assert ended(client, name)["status"] == "completed"
    folder = Path(ray._private.worker._global_node.get_session_dir_path()) / "logs"
    text = "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())
    assert "gemini-3.8-flash" in text
    for secret in (GOOGLE_TOKEN, "いっしょに星を見に行こう", "One panel of a black and white manga"):
        assert secret not in text


def test_the_bench_of_the_seeds_times_counts_what_was_at_once(client, google):
    found = measured(f"{client.base_url}".rstrip("/") + API, google, 0.02, "short")
    assert found["pictures"] == 5
    assert 1 <= found["at_once"] <= 5
    assert found["over_slowest"] >= 1
    texts = sorted(call["ended_at"] - call["started_at"] for call in google.calls if call["kind"] == "text")
    # each call is as slow as the seed's phase, whatever came before it
    assert all(took >= slow for took, slow in zip(texts[-4:], (0.24, 0.3, 0.36, 0.4), strict=True))
