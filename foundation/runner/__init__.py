"""Runs jobs of any graph.

JobRunner   claims jobs of one application, a few at a time
  └ JobRun  drives one leased job: plan -> units side by side -> journal -> next
      ├ Plan        what may run now (pure)
      └ RunContext  what a step may touch
Outbox      tells the ends of jobs to webhooks
"""

from foundation.runner.outbox import Outbox
from foundation.runner.worker import JobRunner

__all__ = ["JobRunner", "Outbox"]
