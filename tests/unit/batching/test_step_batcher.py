"""The step batcher: bits of solo runs, whoever joins, leaves, is cancelled or fails."""

import functools
import itertools
import threading
import time
from dataclasses import dataclass, replace

import pytest
import torch
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engines.batching.step_batcher import Bounds, StepBatcher, Stopped
from engines.diffusion.conditioning import Conditioning
from engines.diffusion.evaluate import evaluate
from engines.diffusion.run import Guidance, solo
from engines.diffusion.samplers import SAMPLERS
from foundation.errors import Overloaded
from tests.unit.batching.runs import SHARED, together
from tests.unit.diffusion.tiny import prompt, tiny_denoiser, tiny_run

SCHEDULES = 200


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    # drawn from the global generator, which threads share
    tiny_denoiser()
    yield
    torch.set_num_threads(before)


@dataclass(frozen=True)
class Request:
    """A request. ``end`` is how it goes, ``at`` the step of that, ``after`` the step that starts the next one."""

    seed: int
    sampler: str
    steps: int
    cfg: float
    batch: int
    side: int
    end: str
    at: int
    after: int

    def run(self, **more):
        return tiny_run(
            self.seed, self.sampler, self.steps, cfg=self.cfg, batch=self.batch, size=(self.side, self.side), **more
        )


REQUESTS = st.builds(
    Request,
    seed=st.integers(0, 2),
    sampler=st.sampled_from(["euler", "euler_ancestral", "lcm", "ddpm"]),
    steps=st.integers(1, 4),
    cfg=st.sampled_from([1.0, 7.0]),
    batch=st.integers(1, 2),
    side=st.sampled_from([4, 8]),
    end=st.sampled_from(["done", "done", "done", "cancelled", "failed"]),
    at=st.integers(0, 3),
    after=st.integers(0, 3),
)


@functools.cache
def alone(request):
    return solo(replace(request, end="done", at=0, after=0).run())


class Broken(Exception):
    pass


def broken_at(sampler, at):
    """The sampler, failing when it has had ``at`` answers."""

    def sampling(x, sigmas, noise):
        inner, answers = SAMPLERS[sampler](x, sigmas, noise), 0
        query = next(inner)
        while True:
            if answers == at:
                raise Broken
            answer, answers = (yield query), answers + 1
            try:
                query = inner.send(answer)
            except StopIteration as end:
                return end.value

    return sampling


class Player(threading.Thread):
    """Sends one request when its turn comes, and lets the next one begin at a step of its own."""

    def __init__(self, batcher, request):
        super().__init__(daemon=True)
        self.batcher, self.requests = batcher, request
        self.turn, self.next, self.step = threading.Event(), None, 0
        self.outcome = None

    def on_step(self, step, _total, _latent):
        self.step = step
        if step >= self.requests.after and self.next:
            self.next.turn.set()

    def should_stop(self):
        return self.requests.end == "cancelled" and self.step >= self.requests.at

    def run(self):
        self.turn.wait()
        if self.requests.after == 0 and self.next:
            self.next.turn.set()
        try:
            run = self.requests.run(on_step=self.on_step, should_stop=self.should_stop)
            if self.requests.end == "failed":
                run = replace(run, sampler=broken_at(self.requests.sampler, min(self.requests.at, self.requests.steps)))
            self.outcome = self.batcher.sample(run)
        except (Stopped, Broken) as error:
            self.outcome = error
        finally:
            if self.next:
                self.next.turn.set()


@settings(
    max_examples=SCHEDULES,
    deadline=None,
    phases=[Phase.generate],
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(schedule=st.lists(REQUESTS, min_size=2, max_size=5))
def test_every_schedule_gives_the_bits_of_solo_runs(schedule):
    batcher = StepBatcher(evaluate, Bounds(admission_s=0.0, rows=5, active=3))
    players = [Player(batcher, requested) for requested in schedule]
    for player, follower in itertools.pairwise(players):
        player.next = follower
    for player in players:
        player.start()
    players[0].turn.set()
    for player in players:
        player.join(20)
    batcher.close()
    for player in players:
        check(player)


def check(player):
    requested, outcome = player.requests, player.outcome
    if requested.end == "failed" and isinstance(outcome, Broken):
        return
    if requested.end == "cancelled" and isinstance(outcome, Stopped):
        # asked between two steps: none is begun after it
        assert player.step <= max(requested.at, 0) or requested.at == 0
        return
    assert requested.end != "failed" or requested.at >= requested.steps
    assert torch.equal(outcome, alone(requested)), requested


def test_requests_share_unet_calls():
    batcher = StepBatcher(evaluate, SHARED)
    runs = [tiny_run(n, steps=steps) for n, steps in enumerate((4, 3, 6, 2))]
    outcomes = together(batcher, runs)
    batcher.close()
    # 15 steps alone
    assert batcher.counts.calls == 6
    assert batcher.counts.rows == 2 * 15
    for n, steps in enumerate((4, 3, 6, 2)):
        assert torch.equal(outcomes[n], solo(tiny_run(n, steps=steps)))


def test_sizes_that_differ_take_calls_of_their_own_and_none_waits_for_the_other():
    batcher = StepBatcher(evaluate, SHARED)
    together(batcher, [tiny_run(1, steps=3), tiny_run(2, steps=3, size=(4, 4))])
    batcher.close()
    assert (batcher.counts.calls, batcher.counts.rounds) == (6, 3)


def test_one_request_that_breaks_the_shared_call_fails_alone():
    narrow = Guidance([Conditioning(torch.zeros(1, 77, 16))], [prompt(2)], 1.0)
    batcher = StepBatcher(evaluate, SHARED)
    good, bad, other = together(
        batcher, [tiny_run(1, cfg=1.0), tiny_run(2, guidance=narrow, cfg=1.0), tiny_run(3, cfg=1.0)]
    )
    batcher.close()
    assert isinstance(bad, RuntimeError)
    assert torch.equal(good, solo(tiny_run(1, cfg=1.0)))
    assert torch.equal(other, solo(tiny_run(3, cfg=1.0)))


def test_a_full_queue_refuses_and_what_it_took_is_done():
    gate, begun = threading.Event(), threading.Event()

    def hold(*_):
        begun.set()
        gate.wait(30)

    batcher = StepBatcher(evaluate, Bounds(active=1, waiting=1, admission_s=0.0))
    first = threading.Thread(target=batcher.sample, args=(tiny_run(1, on_step=hold),))
    first.start()
    begun.wait(30)
    second = threading.Thread(target=batcher.sample, args=(tiny_run(2),))
    second.start()
    while batcher.load != (1, 1):
        time.sleep(0.001)
    with pytest.raises(Overloaded):
        batcher.sample(tiny_run(3))
    gate.set()
    first.join(30)
    second.join(30)
    assert batcher.load == (0, 0)
    batcher.close()


def test_closing_fails_what_is_on_its_way():
    begun = threading.Event()
    batcher, outcomes = StepBatcher(evaluate), []

    def send():
        try:
            outcomes.append(batcher.sample(tiny_run(1, steps=4000, on_step=lambda *_: begun.set())))
        except Overloaded as error:
            outcomes.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    begun.wait(30)
    batcher.close()
    thread.join(30)
    assert isinstance(outcomes[0], Overloaded)
    with pytest.raises(Overloaded):
        batcher.sample(tiny_run(2))


def test_a_long_run_makes_progress_beside_many_short_ones():
    steps, done = [], threading.Event()
    batcher = StepBatcher(evaluate, Bounds(active=3, admission_s=0.0))
    long = threading.Thread(
        target=batcher.sample, args=(tiny_run(1, steps=30, on_step=lambda step, *_: steps.append(step)),)
    )
    long.start()

    def stream():
        while not done.is_set():
            batcher.sample(tiny_run(2, steps=1))

    shorts = [threading.Thread(target=stream) for _ in range(4)]
    for short in shorts:
        short.start()
    long.join(60)
    done.set()
    for short in shorts:
        short.join(60)
    batcher.close()
    assert steps == list(range(1, 31))
