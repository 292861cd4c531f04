"""Runs that wait, and a batcher's thread that ends."""

import threading
import time
from dataclasses import replace

import pytest

from engines.batching.step_batcher import Bounds, StepBatcher, Stopped
from engines.diffusion.evaluate import evaluate
from foundation.errors import Overloaded, ReplicaLost
from tests.unit.batching.runs import SHARED, together
from tests.unit.diffusion.tiny import tiny_denoiser, tiny_run


def test_a_run_that_waits_for_a_place_is_cancelled_at_once():
    begun, stop = threading.Event(), threading.Event()
    outcomes = {}

    def send(name, run):
        try:
            batcher.sample(run)
        except Stopped:
            outcomes[name] = dict(outcomes)

    # the long one goes on until the other was told
    long = tiny_run(1, steps=4000, on_step=lambda *_: begun.set(), should_stop=lambda: "waiting" in outcomes)
    batcher = StepBatcher(evaluate, Bounds(active=1, admission_s=0.0))
    threads = [threading.Thread(target=send, args=("long", long))]
    threads[0].start()
    begun.wait(30)
    threads.append(threading.Thread(target=send, args=("waiting", tiny_run(2, should_stop=stop.is_set))))
    threads[1].start()
    while batcher.load != (1, 1):
        time.sleep(0.001)
    stop.set()
    for thread in reversed(threads):
        thread.join(60)
    batcher.close()
    assert outcomes == {"waiting": {}, "long": {"waiting": {}}}


class Unlike:
    """A key that cannot be compared, which no round foresees."""

    def __hash__(self):
        raise SystemError("no hash")


def test_a_thread_that_ends_by_itself_leaves_nobody_waiting():
    strange = tiny_run(1)
    strange.model = replace(tiny_denoiser(), key=Unlike())
    batcher = StepBatcher(evaluate, SHARED)
    assert batcher.alive
    outcomes = together(batcher, [tiny_run(2), strange])
    assert [type(each) for each in outcomes] == [ReplicaLost, ReplicaLost]
    assert not batcher.alive
    with pytest.raises(Overloaded):
        batcher.sample(tiny_run(3))
    batcher.close()
