"""kill -9 under load: asynchronous jobs all finish; of synchronous requests only those on the dead node can fail."""

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from graphs.inpaint.app import InpaintArgs, build
from tests.cluster.world import NODES
from tests.support.pictures import page, png
from tests.support.waiting import until

PREFIX = "/iopaint"
CLIENTS = 4
JOBS = 24
REGIONS = [{"x": 40 + 150 * n, "y": 60, "width": 90, "height": 24} for n in range(4)]
# one replica of everything on each node but one, so that each death takes something with it
ARGS = {
    "ingress_replicas": 2,
    "pipeline_replicas": 2,
    "replicas_per_node": 1,
    "inpainter": {
        "num_replicas": 2,
        "num_gpus": 0.1,
        "max_queued_requests": 64,
        "timeout_s": 120,
        "placement": {"max_replicas_per_node": 1},
    },
}


@pytest.fixture(scope="module")
def client(cluster):
    cluster.serve_cluster.deploy(build(InpaintArgs.model_validate(ARGS)), "inpaint", PREFIX)
    with httpx2.Client(base_url=cluster.serve_cluster.url + PREFIX + "/api/v1", timeout=120) as instance:
        yield instance
    cluster.serve_cluster.delete("inpaint")


def body():
    return {"image": base64.b64encode(png(page(700, 300, 1))).decode(), "regions": REGIONS}


class Load:
    """Synchronous requests, ``CLIENTS`` at a time, each with when it began and ended."""

    def __init__(self, url):
        self._url = url
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(CLIENTS)
        self.requests = []

    def __enter__(self):
        self._threads = [self._pool.submit(self._ask_on) for _ in range(CLIENTS)]
        until(lambda: len(self.requests) >= 2 * CLIENTS)
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._pool.shutdown(wait=True)
        for each in self._threads:
            each.result()

    def _ask_on(self):
        sent = body()
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                answer = httpx2.post(self._url, json=sent, timeout=120)
                status = (
                    answer.status_code if answer.status_code == 200 else f"{answer.status_code} {answer.text[:200]}"
                )
            except httpx2.HTTPError as error:
                status = type(error).__name__
            self.requests.append((began, time.monotonic(), status))

    def failed(self):
        return [each for each in self.requests if each[2] != 200]


def submit_all(client):
    answers = [client.post("/inpaint-regions-async", json=body()) for _ in range(JOBS)]
    assert {answer.status_code for answer in answers} == {200}, answers[0].text
    return [answer.json()["task_id"] for answer in answers]


def all_completed(client, ids):
    def state(task_id):
        payload = client.get(f"/task-status/{task_id}").json()
        assert payload["status"] not in {"error", "cancelled"}, payload
        return payload["status"]

    try:
        return all(state(task_id) == "completed" for task_id in ids)
    except httpx2.TransportError:
        # the connection was to a proxy that is gone; the next one is to another
        return False


def check(load, died):
    """No request that began after the death failed, and no more than were in flight while the processes died."""
    in_flight = [each for each in load.requests if each[0] <= died[1] and each[1] >= died[0]]
    later = [each for each in load.requests if each[0] > died[1]]
    failed = load.failed()
    print(f"{len(load.requests)} requests, {len(in_flight)} in flight at the death, {len(failed)} failed")
    assert len(later) > CLIENTS
    assert len(failed) <= min(len(in_flight), CLIENTS), failed
    assert not [each for each in failed if each[0] > died[1]], failed


def test_kill_9_of_the_controller(cluster, client):
    ids = submit_all(client)
    before = {each["replica_id"] for each in cluster.replicas("inpaint", "Inpainter")}
    with Load(client.base_url.join("inpaint-regions")) as load:
        killed = time.monotonic()
        before_it = cluster.controller()
        before_it.kill()
        until(lambda: all_completed(client, ids))
        until(lambda: cluster.controller() not in {None, before_it})
        until(lambda: len([each for each in load.requests if each[0] > killed]) > 2 * CLIENTS)
    assert not load.failed()
    # replicas outlive it
    assert {each["replica_id"] for each in cluster.replicas("inpaint", "Inpainter")} == before


def test_kill_9_of_a_worker_node(cluster, client):
    ids = submit_all(client)
    places = {each["node_id"] for each in cluster.replicas("inpaint", "Inpainter")}
    node = next(each for each in cluster.nodes if each.node_id in places)
    with Load(client.base_url.join("inpaint-regions")) as load:
        died = cluster.kill_node(node)
        until(lambda: all_completed(client, ids))
        until(lambda: len([each for each in load.requests if each[0] > died[1]]) > 4 * CLIENTS)
    check(load, died)
    # what was lost comes back on the nodes that are left
    until(lambda: len(cluster.replicas("inpaint", "Inpainter")) == 2)
    until(lambda: len(cluster.replicas("inpaint", "Pipeline")) == 2)
    assert len(cluster.nodes) == len(NODES) - 1
    # the tests after this one have as many cards as before
    cluster.replace(node)
