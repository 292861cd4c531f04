"""The gate: places, leases, the rate, and what happens after a 429."""

import asyncio

import pytest

from engines.vertex.clients import Clients
from engines.vertex.gate import Limit, LocalGate, Turnstile
from engines.vertex.images import ImageModels
from engines.vertex.picture import ImageAsk
from tests.support.waiting import eventually
from tests.unit.vertex.conftest import local_gate, options_for, outcomes

pytestmark = pytest.mark.timeout(60)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def waiting(turnstile, holder):
    return asyncio.create_task(turnstile.enter(holder, 10))


async def test_places_are_given_in_the_order_of_asking(clock):
    turnstile = Turnstile(Limit(1, 6000), clock)
    await turnstile.enter("a", 1000)
    entered = []

    async def enter(name):
        await turnstile.enter(name, 1000)
        entered.append(name)
        turnstile.leave(name, None)
        clock.now += 1

    tasks = [asyncio.create_task(enter(name)) for name in "bcd"]
    await asyncio.sleep(0)
    assert entered == []
    clock.now += 1
    turnstile.leave("a", None)
    await asyncio.gather(*tasks)
    assert entered == ["b", "c", "d"]


async def test_a_lease_that_ran_out_frees_its_place(clock):
    turnstile = Turnstile(Limit(1, 6000), clock)
    await turnstile.enter("dead", 5)
    clock.now += 4.9
    assert turnstile.wait_s() == pytest.approx(0.1)
    clock.now += 0.2
    assert (turnstile.wait_s(), turnstile.inside) == (0.0, 0)


async def test_a_waiter_is_let_in_when_a_lease_runs_out():
    turnstile = Turnstile(Limit(1, 6000))
    await turnstile.enter("dead", 0.05)
    await turnstile.enter("next", 10)
    assert turnstile.inside == 1


async def test_who_gives_up_waiting_takes_no_place(clock):
    turnstile = Turnstile(Limit(1, 6000), clock)
    await turnstile.enter("a", 1000)
    task = waiting(turnstile, "b")
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    clock.now += 1
    turnstile.leave("a", None)
    assert turnstile.inside == 0
    await turnstile.enter("c", 1000)


async def test_no_more_begin_in_a_minute_than_the_rate(clock):
    turnstile = Turnstile(Limit(3, 30), clock)
    for holder in "abc":
        await turnstile.enter(holder, 1000)
        turnstile.leave(holder, None)
    assert turnstile.wait_s() == pytest.approx(2.0)
    clock.now += 2.0
    assert turnstile.wait_s() == 0.0


async def test_after_a_limit_all_wait_and_one_goes_ahead(clock):
    turnstile = Turnstile(Limit(3, 6000), clock)
    for holder in "ab":
        await turnstile.enter(holder, 1000)
    assert turnstile.leave("a", 7.0) == pytest.approx(7.0)
    assert turnstile.wait_s() == pytest.approx(7.0)
    turnstile.leave("b", None)
    assert turnstile.wait_s() == pytest.approx(7.0), "a call from before the limit proves nothing"
    clock.now += 7.0
    await turnstile.enter("probe", 50)
    assert turnstile.wait_s() == pytest.approx(50), "the others wait for the one that went ahead"
    turnstile.leave("probe", None)
    clock.now += 1
    for holder in "cde":
        await turnstile.enter(holder, 1000)
    assert turnstile.inside == 3


async def test_a_limit_without_a_time_waits_longer_each_time(clock):
    turnstile = Turnstile(Limit(3, 6000), clock)
    waits = []
    for turn in range(7):
        await turnstile.enter(str(turn), 1000)
        waits.append(turnstile.leave(str(turn), 0.0))
        clock.now += waits[-1]
    assert waits == pytest.approx([1, 2, 4, 8, 16, 20, 20])


async def test_one_that_went_ahead_and_died_is_followed_by_another(clock):
    turnstile = Turnstile(Limit(3, 6000), clock)
    await turnstile.enter("a", 1000)
    turnstile.leave("a", 1.0)
    clock.now += 1.0
    await turnstile.enter("probe", 5)
    clock.now += 5.1
    assert turnstile.wait_s() == 0.0


async def test_kinds_do_not_wait_for_each_other():
    gate = LocalGate({"text": Limit(1, 60), "image": Limit(1, 60)})
    await gate.enter("text", "a", 100)
    await gate.enter("image", "b", 100)
    assert gate.inside() == {"text": 1, "image": 1}


async def draw_all(emulator, gate, replicas, each):
    """Pictures by several replicas, each with clients of its own, at one gate."""
    options = options_for(emulator)
    clients = [Clients(options) for _ in range(replicas)]
    models = [ImageModels(options, one, gate) for one in clients]
    requested = [model.draw(ImageAsk(f"panel {n}", seed=n), 60) for n, model in enumerate(models * each)]
    try:
        return await asyncio.gather(*requested)
    finally:
        for one in clients:
            await one.close()


async def test_the_bound_holds_over_several_clients(emulator):
    emulator.fault("slow", times=-1, delay=0.1)
    drawn = await draw_all(emulator, local_gate(calls=3), replicas=5, each=3)
    assert len(drawn) == 15
    assert emulator.report()["peak"] == 3


async def test_five_clients_draw_five_pictures_at_once(emulator):
    emulator.fault("slow", times=-1, delay=0.5)
    await draw_all(emulator, local_gate(calls=5), replicas=5, each=1)
    assert emulator.report()["peak"] == 5


async def test_a_storm_of_limits_costs_few_calls_and_loses_nobody(emulator):
    emulator.fault("rate_limit", times=6, retry_after=0.5)
    drawn = await draw_all(emulator, local_gate(calls=5), replicas=5, each=5)
    assert len(drawn) == 25
    calls = emulator.calls
    assert len(calls) <= 1.3 * 25
    limited = [call for call in calls if call["outcome"] == "429"]
    last = max(call["ended_at"] for call in limited)
    following = [call for call in calls if call["started_at"] > last]
    assert following[0]["started_at"] - last >= 0.5


@pytest.mark.timeout(60)
async def test_a_client_that_vanished_gives_its_place_back_when_its_lease_ends(emulator):
    gate = local_gate(calls=1)
    await gate.enter("image", "a replica that was killed", 0.5)
    await draw_all(emulator, gate, replicas=1, each=1)
    await eventually(lambda: outcomes(emulator) == ["ok"])
