"""Runs beside each other in one batcher."""

import threading

from engines.batching.step_batcher import Bounds

SHARED = Bounds(admission_s=0.5, active=4)


def together(batcher, runs):
    outcomes = [None] * len(runs)

    def send(n):
        try:
            outcomes[n] = batcher.sample(runs[n])
        except Exception as error:
            outcomes[n] = error

    threads = [threading.Thread(target=send, args=(n,)) for n in range(len(runs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return outcomes
