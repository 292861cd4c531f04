"""Whether the nodes have room for the replicas that Serve wants to start.

Serve waits for room without end, since more nodes may come. Where none can come, the deployment is named instead.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from deployments.packing import HAIR, Card, Replica, pack

Details = Mapping[str, Any]
Labels = Mapping[str, str]
PER_NODE = "max_replicas_per_node"


@dataclass
class Node:
    """A node of the cluster, and what replicas take of it."""

    id: str
    cpus: float
    cards: list[Card]
    labels: Labels
    used_cpus: float = field(default=0.0)
    counts: Counter[str] = field(default_factory=Counter[str])

    @classmethod
    def of(cls, details: Details) -> "Node":
        """A node as ``ray.nodes()`` describes it."""
        resources = details["Resources"]
        cards = [Card(str(n)) for n in range(int(resources.get("GPU", 0)))]
        return cls(details["NodeID"], resources.get("CPU", 0.0), cards, details.get("Labels", {}))

    def take(self, deployment: str, options: Details) -> bool:
        """Put a replica here; False, and nothing is taken, when there is no room."""
        most = options.get(PER_NODE)
        if most is not None and self.counts[deployment] >= most:
            return False
        cpus, share = float(options.get("num_cpus") or 0), float(options.get("num_gpus") or 0)
        if self.used_cpus + cpus > self.cpus + HAIR:
            return False
        if share > 0 and pack([Replica(deployment, share)], self.cards):
            return False
        self.used_cpus += cpus
        self.counts[deployment] += 1
        return True


def lacking(applications: Mapping[str, Details], nodes: Sequence[Details]) -> list[str]:
    """A line for each deployment that has replicas for which no node has room.

    ``applications`` are those of Serve's details, ``nodes`` Ray's. What others than Serve take is not counted.
    """
    places = {node["NodeID"]: Node.of(node) for node in nodes if node["Alive"]}
    waiting: list[tuple[str, Details]] = []
    for app, name, deployment in _deployments(applications):
        config = deployment["deployment_config"]
        options = {**(config.get("ray_actor_options") or {}), PER_NODE: config.get(PER_NODE)}
        for replica in deployment["replicas"]:
            if (node := places.get(replica.get("node_id"))) is not None:
                node.take(f"{app}/{name}", options)
            elif _state(replica) == "STARTING":
                waiting.append((f"{app}/{name}", options))
    # as everywhere, the largest first
    waiting.sort(key=lambda each: -float(each[1].get("num_gpus") or 0))
    without = [each for each in waiting if not _placed(*each, list(places.values()))]
    return [_line(name, options, without, list(places.values())) for name, options in _once(without)]


def _deployments(applications: Mapping[str, Details]) -> list[tuple[str, str, Details]]:
    return [(app, name, each) for app, details in applications.items() for name, each in details["deployments"].items()]


def _state(replica: Details) -> str:
    state = replica["state"]
    return getattr(state, "value", state)


def _placed(deployment: str, options: Details, nodes: Sequence[Node]) -> bool:
    return any(node.take(deployment, options) for node in nodes if _allowed(options, node.labels))


def _allowed(options: Details, labels: Labels) -> bool:
    wanted = [options.get("label_selector") or {}]
    wanted += [strategy.get("label_selector") or {} for strategy in options.get("fallback_strategy") or []]
    return any(matches(selector, labels) for selector in wanted)


def matches(selector: Labels, labels: Labels) -> bool:
    """Whether a node's labels match a selector: ``a``, ``!a``, ``in(a,b)`` or ``!in(a,b)``."""
    return all(_matches(value, labels.get(key)) for key, value in selector.items())


def _matches(expression: str, found: str | None) -> bool:
    bare = expression.removeprefix("!")
    names = bare[3:-1].split(",") if bare.startswith("in(") else [bare]
    among = found in [name.strip() for name in names]
    return among != expression.startswith("!")


def _once(waiting: Sequence[tuple[str, Details]]) -> list[tuple[str, Details]]:
    return list({name: (name, options) for name, options in waiting}.values())


def _line(name: str, options: Details, without: Sequence[tuple[str, Details]], nodes: Sequence[Node]) -> str:
    number = sum(each == name for each, _ in without)
    share, cpus = options.get("num_gpus") or 0, options.get("num_cpus") or 0
    wants = f"{share:g} GPU and {cpus:g} CPU" if share else f"{cpus:g} CPU"
    wants += f", at most {options[PER_NODE]} on a node" if options.get(PER_NODE) else ""
    if not any(_allowed(options, node.labels) for node in nodes):
        instead = ", nor those of its fallback" if options.get("fallback_strategy") else ""
        labels = options["label_selector"]
        return f"{name}: no node has the labels {labels}{instead}; label one, or change its placement"
    replicas = "a replica has" if number == 1 else f"{number} replicas have"
    free = ", ".join(_free(node) for node in nodes if _allowed(options, node.labels))
    return (
        f"{name}: {replicas} no room, each wants {wants}; free: {free}. Lower its num_gpus or num_cpus, or add a node"
    )


def _free(node: Node) -> str:
    cards = "".join(f" + {1 - card.used:.2g} of a GPU" for card in node.cards)
    return f"{node.cpus - node.used_cpus:.3g} CPU{cards}"
