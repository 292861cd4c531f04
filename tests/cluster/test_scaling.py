"""A rare model comes with a burst and goes after it; what is full says so."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx2

from deployments.handles import HandleModel, Slot
from deployments.model_ref import ModelRef
from serve_app.jobs.readiness import AT_REST, state_of
from tests.cluster.stand_ins import bind_model
from tests.support.waiting import until

MOST = 3
SECONDS = 1.0
RARE = {
    "autoscaling": {
        "min_replicas": 0,
        "max_replicas": MOST,
        "target_ongoing_requests": 1,
        "look_back_period_s": 2,
        "upscale_delay_s": 0.5,
        "downscale_delay_s": 2,
        "downscale_to_zero_delay_s": 3,
    },
    "num_gpus": 0.2,
    "max_ongoing_requests": 1,
}


def test_a_burst_from_nothing_to_all_and_back(cluster, app_name):
    cluster.serve_cluster.deploy(bind_model(ModelRef.model_validate(RARE)), app_name, f"/{app_name}")
    assert cluster.replicas(app_name, "Model") == []
    # looking at an engine does not start it
    state = asyncio.run(state_of(HandleModel(Slot(f"{app_name}/Model", 60.0))))
    assert (state.ready, state.detail) == (True, AT_REST)
    assert cluster.replicas(app_name, "Model") == []
    url = f"{cluster.serve_cluster.url}/{app_name}/work"

    def ask(_):
        return httpx2.post(url, params={"seconds": SECONDS}, timeout=120)

    most = 0
    with ThreadPoolExecutor(8) as clients:
        answers = [clients.submit(ask, n) for n in range(40)]
        while not all(answer.done() for answer in answers):
            most = max(most, len(cluster.replicas(app_name, "Model")))
    assert [answer.result().status_code for answer in answers] == [200] * 40
    assert most == MOST
    assert len({answer.result().json()["replica"] for answer in answers}) >= MOST
    until(lambda: cluster.replicas(app_name, "Model") == [])
    # and it comes again, and is asked itself then
    assert ask(0).status_code == 200
    state = asyncio.run(state_of(HandleModel(Slot(f"{app_name}/Model", 60.0))))
    assert (state.ready, state.detail) == (True, "a stand-in")
