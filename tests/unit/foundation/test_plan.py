"""The plan of a job as a property: a restored one and one that never stopped have the same ready units."""

from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.graph import FanOut, Graph, Step
from foundation.runner.plan import WHOLE, Plan


async def nothing(*_):
    return None


class Results:
    """The part of a context that the items of a fan-out read."""

    def __init__(self, plan):
        self._plan = plan

    def result(self, step):
        return self._plan.values[step, WHOLE]


def items_of(source):
    def items(context):
        return [str(n) for n in range(context.result(source))]

    return items


@st.composite
def graphs(draw):
    steps, items = [Step("s0", nothing, review=draw(st.booleans()))], {}
    for number in range(1, draw(st.integers(2, 7))):
        before = [step.name for step in steps]
        after = draw(st.lists(st.sampled_from(before), min_size=1, max_size=3, unique=True))
        source = draw(st.sampled_from([None, *[name for name in after if name[0] == "s"]]))
        fans = [step for step in steps if step.name in after and step.fan_out]
        fan_out = None
        if fans and draw(st.booleans()):
            # joined item by item
            fan_out = FanOut(fans[0].fan_out.items, limit=2)
        elif source:
            fan_out = FanOut(items.setdefault(source, items_of(source)), limit=2)
        name = f"{'f' if fan_out else 's'}{number}"
        steps.append(Step(name, nothing, tuple(sorted(after)), fan_out=fan_out, review=draw(st.booleans())))
    return Graph("random", tuple(steps))


def restored(graph, plan):
    """What a worker makes of the journal of another one."""
    other = Plan(graph, plan.reviewing)
    other.values, other.approved = dict(plan.values), set(plan.approved)
    return other


@given(graphs(), st.booleans(), st.data())
@settings(max_examples=300, deadline=None)
def test_a_restored_plan_has_the_ready_units_of_the_one_that_never_stopped(graph, reviewing, data):
    plan = Plan(graph, reviewing)
    for _ in range(40):
        ready = plan.ready(Results(plan))
        again = restored(graph, plan)
        assert again.ready(Results(again)) == ready
        assert (again.done(), again.pending_reviews()) == (plan.done(), plan.pending_reviews())
        assert again.progress() == plan.progress()
        requested = plan.pending_reviews()
        assert ready or requested or plan.done(), f"nothing can run, and {plan.missing()} is not done"
        if not ready and not requested:
            return
        resets = [("reset", step.name) for step in graph.steps if plan.complete(step.name)][:2]
        moves = [("run", unit) for unit in ready] + [("approve", step) for step in requested]
        move, target = data.draw(st.sampled_from(moves + resets))
        if move == "run":
            plan.values[target] = data.draw(st.integers(0, 3)) if target[1] == WHOLE else target[1]
        elif move == "approve":
            plan.approved.add(target)
        else:
            plan.reset(graph.descendants(target))
