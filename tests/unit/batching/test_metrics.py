"""What the step batcher reports of its rounds."""

import threading
from concurrent.futures import ThreadPoolExecutor

from engines.batching.step_batcher import Bounds, StepBatcher
from engines.diffusion.evaluate import evaluate
from foundation.metrics import BATCH_ROWS, RUNS_ACTIVE, RUNS_WAITING, SAMPLER_STEP
from tests.support.recorder import recording
from tests.unit.diffusion.tiny import tiny_run

STEPS = 3


def test_rounds_rows_and_loads_are_told_by_the_engines_name():
    begin = threading.Barrier(3)

    def sample(batcher, seed):
        run = tiny_run(seed, "euler", STEPS, cfg=7.0)
        begin.wait()
        return batcher.sample(run)

    with recording() as recorded:
        batcher = StepBatcher(evaluate, Bounds(rows=16, active=2, admission_s=0.5), "tiny")
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(lambda seed: sample(batcher, seed), range(3)))
        batcher.close()
    rows = recorded.values(BATCH_ROWS, engine="tiny")
    assert sum(rows) == batcher.counts.rows
    # two guided pictures of two rows each share a call
    assert max(rows) == 4
    assert len(recorded.values(SAMPLER_STEP, engine="tiny")) == batcher.counts.rounds
    assert max(recorded.values(RUNS_ACTIVE)) == 2
    assert max(recorded.values(RUNS_WAITING)) >= 1
    assert (recorded.values(RUNS_ACTIVE)[-1], recorded.values(RUNS_WAITING)[-1]) == (0, 0)
