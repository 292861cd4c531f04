"""The order of a workflow's nodes, found without recursion: hostile workflows are deep or go in circles."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Prompt = Mapping[str, Mapping[str, Any]]


def is_link(value: Any) -> bool:
    """Whether an input's value is meant as a link."""
    return isinstance(value, list)


def links_of(node: Mapping[str, Any], names: Iterable[str]) -> list[tuple[str, str]]:
    """Input and origin of each well-formed link among the inputs ``names``."""
    inputs = node.get("inputs")
    if not isinstance(inputs, Mapping):
        return []
    found = [(name, inputs[name]) for name in names if name in inputs]
    return [
        (name, value[0]) for name, value in found if is_link(value) and len(value) == 2 and isinstance(value[0], str)
    ]


@dataclass
class Order:
    """``nodes`` has every node behind all it needs; ``closing`` are the links, node and input, that close a circle.

    ``circles`` has for each node in a circle that circle's nodes, along their links.
    """

    nodes: list[str] = field(default_factory=list)
    closing: set[tuple[str, str]] = field(default_factory=set)
    circles: dict[str, tuple[str, ...]] = field(default_factory=dict)


def order_of(links: Mapping[str, list[tuple[str, str]]], roots: Iterable[str]) -> Order:
    """The nodes that the roots need, in order. ``links`` has input and origin of all links of each node."""
    order = Order()
    done: set[str] = set()
    for root in roots:
        _visit(links, root, done, order)
    return order


def _visit(links: Mapping[str, list[tuple[str, str]]], root: str, done: set[str], order: Order) -> None:
    if root in done:
        return
    path = {root}
    stack = [(root, iter(links[root]))]
    while stack:
        node, rest = stack[-1]
        for name, origin in rest:
            if origin in path:
                order.closing.add((node, name))
                _note_circle(order, [each for each, _ in stack], origin)
            elif origin in links and origin not in done:
                path.add(origin)
                stack.append((origin, iter(links[origin])))
                break
        else:
            stack.pop()
            path.discard(node)
            done.add(node)
            order.nodes.append(node)


def _note_circle(order: Order, path: list[str], origin: str) -> None:
    circle = tuple(path[path.index(origin) :])
    for node in circle:
        order.circles.setdefault(node, circle)


def ancestors_of(links: Mapping[str, list[tuple[str, str]]], root: str) -> set[str]:
    """The root and all that it needs."""
    found: set[str] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node not in found and node in links:
            found.add(node)
            waiting += [origin for _, origin in links[node]]
    return found
