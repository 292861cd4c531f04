"""A Ray cluster of three worker nodes with fake GPUs, whose head runs no replicas: the shape of the cloud profile."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from deployments.cluster import _client, free_port, prepare_environment
from tests.serve.cluster import ServeCluster

CARD = "ray.io/accelerator-type"
# one node with two small cards, one with one, one with a large card
NODES = ({"cards": 2, "card": "L4"}, {"cards": 1, "card": "L4"}, {"cards": 1, "card": "H100"})
CPUS = 8


class World:
    """The cluster, its worker nodes, and the house on it."""

    def __init__(self, serve_cluster: ServeCluster, cluster: Any) -> None:
        self.serve_cluster = serve_cluster
        self.cluster = cluster
        self.nodes: list[Any] = []
        self._kinds: dict[Any, dict[str, Any]] = {}

    def add_node(self, cards: int, card: str) -> Any:
        """Start a worker node."""
        labels = {CARD: card}
        result = self.cluster.add_node(num_cpus=CPUS, num_gpus=cards, labels=labels, object_store_memory=100_000_000)
        self.nodes.append(result)
        self._kinds[result] = {"cards": cards, "card": card}
        return result

    def replace(self, node: Any) -> None:
        """Start a node like one that was killed."""
        self.add_node(**self._kinds.pop(node))

    def kill_node(self, node: Any) -> tuple[float, float]:
        """kill -9 of a node's raylet and of all that it started, as when the machine loses its power.

        Gives the moments between which that happened.
        """
        died = kill_all(node)
        self.nodes.remove(node)
        self.cluster.remove_node(node, allow_graceful=False)
        return died

    def replicas(self, app: str, deployment: str) -> list[dict[str, Any]]:
        """The running replicas of a deployment as Serve tells them."""
        found = _client().get_serve_details()["applications"][app]["deployments"][deployment]["replicas"]
        return [each for each in found if each["state"] == "RUNNING"]

    def card_of(self, node_id: str) -> str:
        """The kind of card that a node has."""
        import ray

        return next(node["Labels"][CARD] for node in ray.nodes() if node["NodeID"] == node_id)

    def controller(self) -> psutil.Process | None:
        """The process of Serve's controller, if there is one now."""
        raylet = psutil.Process(self.cluster.head_node.all_processes["raylet"][0].process.pid)
        return next((each for each in raylet.children() if "ServeController" in _title(each)), None)


def kill_all(node: Any) -> tuple[float, float]:
    """kill -9 of a node's raylet and of all that it started: when the first and when the last of them was killed."""
    processes: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        raylet = psutil.Process(node.all_processes["raylet"][0].process.pid)
        # looking for them takes a while in which requests begin
        processes = [raylet, *raylet.children(recursive=True)]
    first = time.monotonic()
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return first, time.monotonic()


def _title(process: psutil.Process) -> str:
    with suppress(psutil.NoSuchProcess):
        return " ".join(process.cmdline())
    return ""


@contextmanager
def world(data: Path) -> Iterator[World]:
    """The cluster with Serve on it, for the time of the block; RAY_TMPDIR must be a short path."""
    prepare_environment()
    import ray
    from ray import serve
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 0, "include_dashboard": False, "object_store_memory": 100_000_000}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        port = free_port()
        instance = World(ServeCluster(f"http://127.0.0.1:{port}", data, metrics_url=""), cluster)
        for node in NODES:
            instance.add_node(**node)
        ray.init(address=cluster.address, namespace="serve", log_to_driver=False, logging_level="error")
        serve.start(proxy_location="EveryNode", http_options={"host": "127.0.0.1", "port": port})
        yield instance
    finally:
        ray.shutdown()
        # what ends as a whole need not be drained
        for node in [*cluster.worker_nodes, cluster.head_node]:
            kill_all(node)
            cluster.remove_node(node, allow_graceful=False)
        cluster.shutdown()
