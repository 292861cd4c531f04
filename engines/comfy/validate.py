"""Whether a workflow can run: every error pinned to its node, in ComfyUI's shapes."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engines.comfy import faults
from engines.comfy.catalogue import catalogue
from engines.comfy.context import ComfyContext
from engines.comfy.faults import Fault
from engines.comfy.graph import Order, Prompt, ancestors_of, is_link, links_of, order_of
from engines.comfy.ports import Combo, Port, Widget
from engines.comfy.registry import NodeSpec

Links = dict[str, list[tuple[str, str]]]
LONGEST_ID = 200
MOST_OF_A_CIRCLE = 20


@dataclass
class Verdict:
    """What was found of one node. ``values`` are its inputs after conversion; ``raised`` a link that leads nowhere."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: list[Fault] = field(default_factory=list)
    raised: tuple[str, str] | None = None
    valid: bool = True


@dataclass(frozen=True)
class Report:
    """A workflow's validation. ``outputs`` are the output nodes that can run; with ``error`` there are none."""

    prompt: Prompt
    outputs: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    error: Fault | None = None
    node_errors: Mapping[str, Any] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """ComfyUI's answer to a refused workflow."""
        return faults.answer(self.error or faults.failed_validation(), self.node_errors)


def validate(prompt: Any, context: ComfyContext, targets: Sequence[str] | None = None) -> Report:
    """The report of a workflow, which may be any JSON. With ``targets`` only these output nodes count."""
    if not isinstance(prompt, Mapping):
        return Report({}, error=faults.no_outputs())
    if (error := _unreadable(prompt, context)) is not None:
        return Report(prompt, error=error)
    specs = {node: catalogue()[entry["class_type"]] for node, entry in prompt.items()}
    roots = [node for node, spec in specs.items() if spec.output_node and (targets is None or node in targets)]
    if not roots:
        return Report(prompt, error=faults.no_outputs())
    links = {node: links_of(prompt[node], spec.inputs) for node, spec in specs.items()}
    return _judge(prompt, context, specs, roots, links)


def _judge(
    prompt: Prompt, context: ComfyContext, specs: Mapping[str, NodeSpec], roots: list[str], links: Links
) -> Report:
    order = order_of(links, roots)
    verdicts: dict[str, Verdict] = {}
    for node in order.nodes:
        verdicts[node] = _Node(node, prompt, specs, context, order, verdicts).verdict()
    for root in roots:
        if (raised := verdicts[root].raised) is not None:
            verdicts[root].errors.append(faults.outer(raised))
            verdicts[root].valid = False
    good = tuple(root for root in roots if verdicts[root].valid)
    errors = _node_errors(prompt, verdicts, links, [root for root in roots if root not in good])
    needed = tuple(order_of(links, good).nodes)
    values = {node: verdicts[node].values for node in needed}
    return Report(prompt, good, needed, values, None if good else faults.failed_validation(), errors)


def _unreadable(prompt: Mapping[Any, Any], context: ComfyContext) -> Fault | None:
    for place, (node, entry) in enumerate(prompt.items()):
        node_id = str(node)[:LONGEST_ID]
        if place >= context.limits.nodes:
            return faults.invalid(f"The prompt has {len(prompt)} nodes; at most {place} are accepted.", node_id)
        if not isinstance(node, str) or not isinstance(entry, Mapping) or "class_type" not in entry:
            return faults.invalid("Cannot execute because a node is missing the class_type property.", node_id)
        name = entry["class_type"]
        if not isinstance(name, str) or name not in catalogue():
            known = str(name)[:LONGEST_ID]
            return faults.invalid(f"Cannot execute because node {known} does not exist.", node_id)
    return None


def _node_errors(
    prompt: Prompt, verdicts: Mapping[str, Verdict], links: Links, bad: list[str]
) -> dict[str, dict[str, Any]]:
    """The errors of all nodes that the bad outputs need."""
    found: dict[str, dict[str, Any]] = {}
    for root in bad:
        needed = ancestors_of(links, root)
        for node, verdict in verdicts.items():
            if node in needed and verdict.errors:
                entry = {"errors": verdict.errors, "dependent_outputs": [], "class_type": prompt[node]["class_type"]}
                found.setdefault(node, entry)["dependent_outputs"].append(root)
    return found


class _Raised(Exception):
    """A link that leads nowhere ends the look at a node."""


@dataclass
class _Node:
    """One node under validation."""

    node: str
    prompt: Prompt
    specs: Mapping[str, NodeSpec]
    context: ComfyContext
    order: Order
    verdicts: Mapping[str, Verdict]

    def verdict(self) -> Verdict:
        spec = self.specs[self.node]
        found = Verdict()
        inputs = self.prompt[self.node].get("inputs")
        try:
            if not isinstance(inputs, Mapping):
                raise _Raised("KeyError", "'inputs'")
            for name, port in spec.inputs.items():
                if name in inputs:
                    self._input(name, port, inputs[name], found)
                elif name in spec.required:
                    found.errors.append(faults.missing(name))
        except _Raised as raised:
            return Verdict(raised=(raised.args[0], raised.args[1]), valid=False)
        self._check(spec, found)
        if (circle := self.order.circles.get(self.node)) is not None:
            found.errors.append(faults.circle(self.node, [self._named(each) for each in circle[:MOST_OF_A_CIRCLE]]))
        found.valid = found.valid and not found.errors
        return found

    def _named(self, node: str) -> tuple[str, str]:
        return node[:LONGEST_ID], self.specs[node].name

    def _input(self, name: str, port: Port, value: Any, found: Verdict) -> None:
        found.values[name] = value
        if is_link(value):
            self._link(name, port, value, found)
        elif isinstance(port, Widget):
            self._widget(name, port, value, found)
        elif isinstance(port, Combo) and not port.open:
            config = port.config(self.context)
            if value not in config[0]:
                found.errors.append(faults.not_listed(name, config, value))

    def _link(self, name: str, port: Port, value: list[Any], found: Verdict) -> None:
        config = port.config(self.context)
        if len(value) != 2:
            found.errors.append(faults.bad_link(name, config, value))
            return
        origin, slot = value
        if not isinstance(origin, str) or origin not in self.specs:
            raise _Raised("KeyError", repr(origin)[:LONGEST_ID])
        outputs = self.specs[origin].outputs
        if not isinstance(slot, int) or isinstance(slot, bool):
            raise _Raised("TypeError", f"tuple indices must be integers, not {type(slot).__name__}")
        if not 0 <= slot < len(outputs):
            raise _Raised("IndexError", "tuple index out of range")
        if outputs[slot] != port.type:
            found.errors.append(faults.wrong_type(name, config, outputs[slot], port.type, value))
        elif (self.node, name) in self.order.closing:
            found.valid = False
        else:
            self._origin(name, config, value, found)

    def _origin(self, name: str, config: Any, link: list[Any], found: Verdict) -> None:
        other = self.verdicts[link[0]]
        if other.raised is not None and not other.errors:
            other.errors.append(faults.inner(name, config, other.raised, link))
        found.valid = found.valid and other.valid

    def _widget(self, name: str, port: Widget, value: Any, found: Verdict) -> None:
        config = port.config(self.context)
        try:
            converted = _converted(port.type, value)
        except (ValueError, TypeError, OverflowError) as problem:
            found.errors.append(faults.not_converted(name, config, port.type, value, str(problem)))
            return
        found.values[name] = converted
        if port.type in {"INT", "FLOAT"}:
            error = faults.out_of_range(name, config, converted, port.options)
            found.errors += [error] if error is not None else []

    def _check(self, spec: NodeSpec, found: Verdict) -> None:
        if spec.check is None or found.errors:
            return
        plain = {name: value for name, value in found.values.items() if not is_link(value)}
        if (problem := spec.check(self.context, plain)) is not None:
            found.errors.append(faults.custom(problem))


def _converted(kind: str, value: Any) -> Any:
    """A value as the type of its input; numbers may come as text."""
    if kind == "INT":
        return int(value)
    if kind == "FLOAT":
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"a finite number is needed, not {number}")
        return number
    return bool(value) if kind == "BOOLEAN" else str(value)
