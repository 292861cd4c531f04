"""Routing to few replicas that each take few, long calls.

Serve's own router asks two replicas drawn at random and sleeps, up to half a second, when both are busy:
made for many replicas and short calls. Here the one that is free must get the next call at once.
"""

import asyncio
from typing import Any

from ray.serve.config import RequestRouterConfig
from ray.serve.request_router import PendingRequest, RequestRouter, RunningReplica

# the end of a call is known to its caller a moment before it is known to the router
LOOKS = 20
LOOK_SECONDS = 0.001


class FreeReplicaRouter(RequestRouter):
    """Sends a call to a replica that is known to be free; asks all when none is for a while."""

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """One rank of replicas; Serve takes the shortest queue among them."""
        for _ in range(LOOKS):
            lengths = [self.replica_queue_len_cache.get(r.replica_id) for r in candidate_replicas]
            pairs = zip(candidate_replicas, lengths, strict=True)
            free = [r for r, length in pairs if length is not None and length < r.max_ongoing_requests]
            if free:
                return [_holding(free, pending_request) or free]
            if None in lengths:
                break
            await asyncio.sleep(LOOK_SECONDS)
        return [list(candidate_replicas)]


def _holding(replicas: list[RunningReplica], pending_request: PendingRequest | None) -> list[RunningReplica]:
    """Those that have the model of the call loaded."""
    wanted = pending_request.metadata.multiplexed_model_id if pending_request else ""
    return [r for r in replicas if wanted and wanted in r.multiplexed_model_ids]


def few_long_calls() -> RequestRouterConfig:
    """The routing of model deployments."""
    options: dict[str, Any] = {"initial_backoff_s": 0.01, "backoff_multiplier": 2, "max_backoff_s": 0.1}
    options["request_router_class"] = f"{__name__}:{FreeReplicaRouter.__name__}"
    return RequestRouterConfig(**options)
