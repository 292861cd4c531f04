"""What may run now. Pure bookkeeping over a graph: no clock, no store, no tasks.

A unit is ``(step, item)``; the unit with the empty item is the step itself, or its gathering.
"""

from collections.abc import Mapping, Sequence

from foundation.graph import Context, FanOut, Graph, Json, Step

Unit = tuple[str, str]
WHOLE = ""


class Plan:
    """The finished units of one job and what follows from them."""

    def __init__(self, graph: Graph, reviewing: bool) -> None:
        self.graph = graph
        self.reviewing = reviewing
        self.values: dict[Unit, Json] = {}
        self.approved: set[str] = set()
        self.begun: dict[Unit, float] = {}
        self._items: dict[str, list[str]] = {}

    def complete(self, step: str) -> bool:
        """Whether a step has its output."""
        return (step, WHOLE) in self.values

    def pending_reviews(self) -> list[str]:
        """The steps that are done and wait for a person."""
        return [s.name for s in self.graph.steps if self.complete(s.name) and not self._released(s.name)]

    def done(self) -> bool:
        """Whether every step is complete and none waits for a person."""
        return all(self._released(step.name) for step in self.graph.steps)

    def missing(self) -> list[str]:
        """The steps that are not complete, in the order of the graph."""
        return [step.name for step in self.graph.steps if not self.complete(step.name)]

    def ready(self, context: Context) -> list[Unit]:
        """The units whose needs are met and that are not finished, in the order of the graph."""
        return [unit for step in self.graph.steps for unit in self._ready_of(step, context)]

    def progress(self) -> float:
        """The finished share of all weights, from 0 to 1."""
        total = sum(step.weight for step in self.graph.steps)
        return sum(step.weight * self._share(step) for step in self.graph.steps) / total

    def reset(self, steps: Sequence[str]) -> None:
        """Forget what these steps have done."""
        self.values = {unit: value for unit, value in self.values.items() if unit[0] not in steps}
        self.begun = {unit: share for unit, share in self.begun.items() if unit[0] not in steps}
        self.approved -= set(steps)
        for step in steps:
            self._items.pop(step, None)

    def items(self, step: str) -> Sequence[str]:
        """The items of a fan-out step, once they are known."""
        return self._items.get(step, ())

    def values_of(self, step: str) -> Mapping[str, Json]:
        """The finished items of a step, in the order of the items."""
        return {item: self.values[step, item] for item in self.items(step) if (step, item) in self.values}

    def _released(self, name: str) -> bool:
        asks = self.reviewing and self.graph[name].review
        return self.complete(name) and (not asks or name in self.approved)

    def _share(self, step: Step) -> float:
        if self.complete(step.name):
            return 1.0
        items = self.items(step.name)
        if not items:
            return self._begun((step.name, WHOLE))
        done = sum(1.0 if (step.name, item) in self.values else self._begun((step.name, item)) for item in items)
        # gathering them is one more part
        return max(done / (len(items) + 1), self._begun((step.name, WHOLE)))

    def _begun(self, unit: Unit) -> float:
        return min(self.begun.get(unit, 0.0), 1.0)

    def _ready_of(self, step: Step, context: Context) -> list[Unit]:
        if self.complete(step.name):
            return []
        if step.fan_out is None:
            return [(step.name, WHOLE)] if all(self._released(before) for before in step.after) else []
        if not self._know_items(step, step.fan_out, context):
            return []
        open_items = [i for i in self._items[step.name] if (step.name, i) not in self.values]
        if not open_items:
            return [(step.name, WHOLE)] if all(self._released(before) for before in step.after) else []
        return [(step.name, item) for item in open_items if self._item_free(step, item)]

    def _know_items(self, step: Step, fan_out: FanOut, context: Context) -> bool:
        if step.name not in self._items:
            joined = self.graph.joined(step)
            if not all(
                self._know_items(self.graph[before], fan_out, context) if before in joined else self._released(before)
                for before in step.after
            ):
                return False
            self._items[step.name] = list(fan_out.items(context))
        return True

    def _item_free(self, step: Step, item: str) -> bool:
        for before in self.graph.joined(step):
            asks = self.reviewing and self.graph[before].review
            if (before, item) not in self.values or (asks and not self._released(before)):
                return False
        return True
