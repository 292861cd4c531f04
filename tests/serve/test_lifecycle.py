"""Deploying and taking down on a real Ray: a failure is told, a running job is given back."""

import asyncio

import pytest
from ray import serve

from deployments.cluster import ClusterFailed
from deployments.handles import Slot
from deployments.inpaint import Inpainter
from foundation.errors import InvalidInput
from foundation.jobs.types import State
from tests.serve.cluster import each_once
from tests.serve.stand_ins import Broken, bind_app, bind_hands, failing_graph, let_go, notes


def two_hands(name):
    return bind_app(name, Slot(bind_hands(replicas=2), 60, 2))


async def test_a_deployment_that_cannot_start_is_told_with_its_own_error(cluster, app_name):
    with pytest.raises(ClusterFailed, match="the weights of the stand-in are not there"):
        cluster.deploy(serve.deployment(Broken).bind(), app_name)


async def test_a_deleted_application_gives_its_job_back_and_the_next_one_finishes_it(cluster, app_name, tmp_path):
    cluster.deploy(two_hands(app_name), app_name)
    async with cluster.jobs(app_name) as jobs:
        # far from done when the pipeline hears of its end; what is left then goes fast
        job = await jobs.submit({"folder": str(tmp_path), "items": 200, "free": 0, "seconds": 0.1})
        await jobs.items_done(job, 5)
        await asyncio.to_thread(serve.delete, app_name)
        given_back = await jobs.get(job)
        assert (given_back.state, given_back.attempts, given_back.error) == (State.QUEUED, 0, None)
        finished = {event.data["item"] for event in await jobs.events(job) if event.kind == "item_completed"}
        let_go(tmp_path)
        cluster.deploy(two_hands(app_name), app_name)
        await jobs.reaches(job, State.COMPLETED)
        assert each_once(await jobs.events(job))
        starts = [note["item"] for note in notes(tmp_path)]
        assert {item for item in finished if starts.count(item) > 1} == set()
        assert len(set(starts)) == 200


async def test_an_error_of_a_model_ends_the_job_with_its_own_code(cluster, app_name):
    cluster.deploy(bind_app(app_name, Slot(bind_hands(replicas=1), 30), failing_graph(app_name)), app_name)
    async with cluster.jobs(app_name) as jobs:
        ours = await jobs.submit({"fail": "ours"})
        other = await jobs.submit({"fail": "other"})
        failed = await jobs.reaches(ours, State.FAILED)
        assert (failed.error["code"], failed.error["detail"]) == (InvalidInput.code, "the line has 3 corners")
        assert (await jobs.reaches(other, State.FAILED)).error["code"] == "step_failed"


async def test_a_replica_without_the_weights_that_it_was_told_of_names_what_mends_it(cluster, app_name, tmp_path):
    # the folder of the cluster has what other tests put there
    elsewhere = {"runtime_env": {"env_vars": {"MODEL_DIR": str(tmp_path)}}}
    bound = serve.deployment(Inpainter, ray_actor_options=elsewhere).bind({"required": ["lama"]})
    with pytest.raises(ClusterFailed, match=r"lama lacks .*: ./scripts/fetch_models lama"):
        cluster.deploy(bound, app_name)
