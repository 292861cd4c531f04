"""What an operator sees of real jobs: Prometheus' endpoint of the node, the log of every replica, spans."""

import asyncio
import re

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from deployments.handles import Slot
from deployments.model_ref import ModelRef
from foundation.jobs.types import State
from foundation.metrics import CATALOGUE
from foundation.settings import get_settings
from graphs.manga.app import MangaArgs, build
from scripts.lib.dashboard.serve import NODE_METRICS, SERVE_METRICS
from tests.serve.manga_google import STORY, begin, ended, phase
from tests.serve.stand_ins import bind_hands, make_graph
from tests.support.otlp_receiver import receiving
from tests.support.waiting import until

APP = "watched"
EXPORT_SECONDS = 60


@pytest.fixture(scope="module")
def client(cluster, shared_app, google):
    google.forget()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VERTEX_PROJECT", "p")
        get_settings.cache_clear()
        target = build(MangaArgs(artist=ModelRef(num_replicas=2), letterer=ModelRef(num_replicas=1)))
    get_settings.cache_clear()
    shared_app(target, f"/{APP}", APP, json_logs=True)
    with httpx2.Client(base_url=f"{cluster.url}/{APP}", timeout=60) as opened:
        yield opened


@pytest.fixture(scope="module")
def job(client):
    """The id of a session that Google wrote."""
    # under a title of its own: what was asked before is remembered, and would not be asked again
    name = begin(client, writer="gemini", artist="draft", title="watched")
    assert ended(client, name)["status"] == "completed"
    return name


def samples(cluster):
    """What the node tells Prometheus of this application: tags and value by sample name."""
    return [sample for sample in everything(cluster) if sample.labels.get("application") == APP]


def everything(cluster):
    families = text_string_to_metric_families(httpx2.get(cluster.metrics_url).raise_for_status().text)
    return [sample for family in families for sample in family.samples]


def total(samples_, name, **tags):
    """The sum over all series whose tags hold these; None where there is none."""
    values = [s.value for s in samples_ if s.name == name and tags.items() <= s.labels.items()]
    return sum(values) if values else None


def exported(cluster, done):
    """The samples as soon as they are as wanted: replicas send theirs every few seconds."""
    latest = []

    def look():
        latest[:] = samples(cluster)
        return done(latest)

    until(look, EXPORT_SECONDS, lambda: sorted({sample.name for sample in latest if "koma" in sample.name}))
    return latest


def test_prometheus_is_told_of_the_job_by_the_names_of_the_catalogue(cluster, client, job):
    panels = len(phase(client, job, 5)["generated_images"])
    answer = exported(
        cluster, lambda t: total(t, "ray_koma_jobs_ended_total") and total(t, "ray_koma_cost_dollars_total")
    )
    assert total(answer, "ray_koma_jobs_ended_total", app="manga", state="completed") == 1
    assert total(answer, "ray_koma_job_seconds_count", state="completed") == 1
    assert total(answer, "ray_koma_job_wait_seconds_count", app="manga") == 1
    assert total(answer, "ray_koma_panel_seconds_count", engine="draft") == panels > 0
    assert total(answer, "ray_koma_images_total", app="manga", engine="draft") > panels, "sheets are pictures too"
    assert total(answer, "ray_koma_step_seconds_count", step="final_composition") == 1
    assert total(answer, "ray_koma_model_call_seconds_count", model="Letterer", method="compose", outcome="ok") > 0
    assert total(answer, "ray_koma_jobs_queued", app="manga") == 0
    assert total(answer, "ray_koma_cost_dollars_total", deployment="Gemini") > 0
    for direction in ("input", "output"):
        assert total(answer, "ray_koma_tokens_total", deployment="Gemini", direction=direction) > 0


def test_serve_and_the_node_tell_what_the_dashboard_names(cluster, job):
    # of errors and of GPUs there is nothing to tell here
    expected = [name for name in (*SERVE_METRICS, *NODE_METRICS) if not re.search("error|gram|gpus", name)]
    options = {sample.name for sample in everything(cluster)}
    assert [name for name in expected if name not in options] == []


def test_no_series_has_other_tags_than_the_catalogue(cluster, job):
    answer = exported(cluster, lambda t: total(t, "ray_koma_jobs_ended_total"))
    added = {"application", "deployment", "replica", "le"}
    added |= {"Component", "NodeAddress", "SessionName", "Version", "WorkerId"}
    suffixes = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_count", "_sum")}
    known = {f"ray_{m.name}{suffix}": set(m.tags) for m in CATALOGUE for suffix in suffixes[m.kind]}
    ours = [sample for sample in answer if sample.name.startswith("ray_koma_")]
    assert len(ours) > 0
    for sample in ours:
        tags = {tag for tag in sample.labels if not tag.startswith("otel_scope_")} - added
        assert tags == known[sample.name], sample
        assert job not in sample.labels.values()


def lines(cluster, deployment, *words):
    return [line for line in cluster.log(APP, deployment) if all(word in line["message"] for word in words)]


def test_each_line_of_a_job_names_it_wherever_it_is_worked_on(cluster, client, job):
    other = begin(client, artist="draft")
    assert ended(client, other)["status"] == "completed"
    for name in (job, other):
        own = [line for line in lines(cluster, "Pipeline") if line.get("koma_job_id") == name]
        assert [line["message"].split()[2] for line in own if line["message"].startswith("job ")] == [
            "begins,",
            "ended:",
        ]
    for deployment, words in (("Letterer", "CALL compose"), ("Gemini", "answered in")):
        found = lines(cluster, deployment, words)
        assert found, deployment
        assert {line.get("koma_job_id") for line in found} <= {job, other}
        assert job in {line["koma_job_id"] for line in found}
    # two calls away
    assert {line["koma_job_id"] for line in lines(cluster, "VertexGate", "CALL enter")} == {job}


def test_requests_are_logged_under_the_id_that_clients_see(cluster, client):
    plain = client.get("/health")
    named = client.get("/health", headers={"x-request-id": "mine-1"})
    odd = client.get("/health", headers={"x-request-id": "a b: c"})
    long = client.get("/health", headers={"x-request-id": "x" * 9000})
    logged = {line.get("request_id") for line in lines(cluster, "Ingress", "/health")}
    for answer in (plain, named, odd, long):
        (seen,) = answer.headers.get_list("x-request-id")
        assert seen in logged
        assert len(seen) <= 128
    assert named.headers["x-request-id"] == "mine-1"
    assert odd.headers["x-request-id"] != "a b: c"
    assert not [line for line in lines(cluster, "Ingress", "/health") if "koma_job_id" in line]


async def test_spans_of_a_deployed_job_reach_a_collector(cluster, app_name, tmp_path):
    with receiving() as collector:
        cluster.deploy(traced_app(app_name, collector.url), app_name)
        async with cluster.jobs(app_name) as jobs:
            job = await jobs.submit({"folder": str(tmp_path), "items": 2, "free": 2})
            await jobs.reaches(job, State.COMPLETED)
        # what is left is sent when the replica ends
        await asyncio.to_thread(cluster.delete, app_name)
    (whole,) = collector.named(f"job {app_name}")
    calls, steps = collector.named("call Hand.work"), {s.id: s for s in collector.named("step work")}
    assert len(calls) == 2
    assert {steps[call.parent].attributes["koma.item"] for call in calls} == {"0", "1"}
    assert {step.parent for step in steps.values()} == {whole.id}
    assert {span.attributes["koma.job_id"] for span in collector.spans} == {job.id}
    assert whole.component == f"{app_name}/Pipeline"
    assert str(tmp_path) not in str(collector.spans), "what was asked for stays here"


def traced_app(name, endpoint):
    from ray import serve

    from deployments.pipeline import Pipeline

    options = {"env_vars": {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}}
    pipeline = serve.deployment(
        Pipeline, ray_actor_options={"num_cpus": 0.1, "runtime_env": options}, graceful_shutdown_timeout_s=20
    )
    return pipeline.bind(make_graph(name), {"hand": Slot(bind_hands(), 60.0, 2)}, 2)


def test_the_story_is_in_no_log(cluster, job):
    for deployment in ("Pipeline", "Gemini", "Artist", "Letterer", "Ingress"):
        assert not lines(cluster, deployment, STORY[:12])
