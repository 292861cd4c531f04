"""Run a workflow: what changed, in order, each node's failure named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from engines.batching.step_batcher import Stopped
from engines.comfy.cache import Entry, NodeCache, signatures
from engines.comfy.catalogue import catalogue
from engines.comfy.context import ComfyContext, NodeContext, Outputs, Preview
from engines.comfy.errors import NodeFailed, NodeRefused, PromptRefused, node_error
from engines.comfy.events import Cached, Event, Executed, Executing, Failed, OnEvent, Progress, Sent
from engines.comfy.graph import is_link
from engines.comfy.ports import Socket
from engines.comfy.registry import NodeSpec
from engines.comfy.shortened import shortened
from engines.comfy.validate import Report, validate
from engines.comfy.values import PYTHON_TYPES
from foundation.errors import InvalidInput, KomaError


def _unheard(event: Event) -> None:
    return


def _never() -> bool:
    return False


@dataclass(frozen=True)
class ExecutionHooks:
    """How a run is watched and stopped. ``should_stop`` is asked between nodes and between steps of samplers."""

    on_event: OnEvent = _unheard
    should_stop: Callable[[], bool] = _never


@dataclass
class Executor:
    """Runs workflows; unchanged nodes are not run again."""

    context: ComfyContext
    cache: NodeCache = field(default_factory=NodeCache)

    def validate(self, prompt: Any, targets: Sequence[str] | None = None) -> Report:
        """Look at a workflow without running it."""
        return validate(prompt, self.context, targets)

    def run(
        self,
        prompt: Any,
        hooks: ExecutionHooks | None = None,
        outputs: Outputs | None = None,
        targets: Sequence[str] | None = None,
    ) -> dict[str, Mapping[str, Any]]:
        """What each output node made, in order; with ``targets`` of these output nodes alone.

        Raises PromptRefused, NodeRefused, NodeFailed, Stopped, and what the sampler raises for another try.
        """
        report = self.validate(prompt, targets)
        if report.error is not None:
            raise PromptRefused.of(report.body())
        return self.execute(report, hooks, outputs)

    def execute(
        self, report: Report, hooks: ExecutionHooks | None = None, outputs: Outputs | None = None
    ) -> dict[str, Mapping[str, Any]]:
        """As ``run`` for a validated workflow. With its own ``outputs`` it reports no files of earlier runs."""
        context = self.context if outputs is None else replace(self.context, outputs=outputs)
        execution = _Execution(context, self.cache, report, hooks or ExecutionHooks(), replay=outputs is None)
        with torch.inference_mode():
            return execution.run()


class _Execution:
    """One workflow on its way."""

    def __init__(
        self, context: ComfyContext, cache: NodeCache, report: Report, hooks: ExecutionHooks, replay: bool
    ) -> None:
        self.context, self.report, self.hooks, self.cache = context, report, hooks, cache
        self.signatures = signatures(report, context)
        self.entries = {node: self._cached(node, replay) for node in report.order}
        self.ui: dict[str, Mapping[str, Any]] = {}

    def run(self) -> dict[str, Mapping[str, Any]]:
        known = tuple(node for node, entry in self.entries.items() if entry is not None)
        self.hooks.on_event(Cached(known))
        needed = self._needed()
        for node in self.report.order:
            if node in needed:
                self._execute(node, quiet=node in known)
            if node in self.report.outputs:
                self._show(node)
        return self.ui

    def _cached(self, node: str, replay: bool) -> Entry | None:
        if self._spec(node).output_node and not replay:
            return None
        return self.cache.get(self.signatures[node])

    def _needed(self) -> set[str]:
        """The nodes that must run: outputs that are not cached, and what they need that is not cached."""
        needed: set[str] = set()
        waiting = [node for node in self.report.outputs if self.entries[node] is None]
        while waiting:
            node = waiting.pop()
            if node in needed:
                continue
            needed.add(node)
            links = [value[0] for value in self.report.values[node].values() if is_link(value)]
            waiting += [origin for origin in links if not self._has_values(origin)]
        return needed

    def _has_values(self, node: str) -> bool:
        entry = self.entries[node]
        return entry is not None and entry.values is not None

    def _spec(self, node: str) -> NodeSpec:
        return catalogue()[self.report.prompt[node]["class_type"]]

    def _execute(self, node: str, quiet: bool) -> None:
        if self.hooks.should_stop():
            raise Stopped
        if not quiet:
            self.hooks.on_event(Executing(node))
        spec = self._spec(node)
        inputs: dict[str, Any] = {}
        try:
            inputs = self._inputs(node, spec)
            result = spec.run(self._context(node), **inputs)
        except Stopped:
            raise
        except Exception as cause:
            # no fault of the node: another time or another replica does it
            if isinstance(cause, KomaError) and cause.retryable:
                raise
            error = node_error(node, spec.name, cause)
            self._report_failure(error, inputs or self.report.values[node])
            raise error from cause
        entry = Entry((), result) if spec.output_node else Entry(tuple(result))
        self.entries[node] = entry
        # weights are cached by the library alone: here only the fact is
        self.cache.put(self.signatures[node], replace(entry, values=None) if spec.heavy else entry)

    def _report_failure(self, error: NodeRefused | NodeFailed, inputs: Mapping[str, Any]) -> None:
        short = {name: [shortened(value)] for name, value in inputs.items()}
        self.hooks.on_event(Failed(error.node_id, error.class_type, error.exception_type, error.message, short))

    def _inputs(self, node: str, spec: NodeSpec) -> dict[str, Any]:
        inputs: dict[str, Any] = {}
        for name, value in self.report.values[node].items():
            if is_link(value):
                inputs[name] = self._value(value[0], value[1])
            elif isinstance(port := spec.inputs[name], Socket):
                raise InvalidInput(f"{name} needs a link to a {port.type}, not {type(value).__name__}")
            else:
                inputs[name] = value
        return inputs

    def _value(self, node: str, slot: int) -> Any:
        entry = self.entries[node]
        if entry is None or entry.values is None:
            raise RuntimeError(f"node {node} was not run before what needs it")
        value, kind = entry.values[slot], self._spec(node).outputs[slot]
        if not isinstance(value, PYTHON_TYPES[kind]):
            raise TypeError(f"node {node} gave {type(value).__name__} as {kind}")
        return value

    def _context(self, node: str) -> NodeContext:
        def progress(step: int, total: int, preview: Preview | None) -> None:
            self.hooks.on_event(Progress(node, step, total, preview))

        def send(number: int, count: int, png: bytes) -> None:
            self.hooks.on_event(Sent(node, number, count, png))

        return NodeContext(self.context, node, self.report.prompt, progress, self.hooks.should_stop, send)

    def _show(self, node: str) -> None:
        entry = self.entries[node]
        # a node that shows nothing has no entry in the outputs
        if entry is not None and entry.ui:
            self.ui[node] = entry.ui
            self.hooks.on_event(Executed(node, entry.ui))
