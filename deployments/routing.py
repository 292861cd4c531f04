"""Routing to few replicas that each take few, long calls.

Serve's own router asks two replicas drawn at random and sleeps, up to half a second, when both are busy:
made for many replicas and short calls. Here the one that is free must get the next call at once.
"""

from typing import Any

from ray.serve.config import RequestRouterConfig
from ray.serve.request_router import PendingRequest, RequestRouter, RunningReplica


class FreeReplicaRouter(RequestRouter):
    """Prefers the replicas that are known to be free, the least busy first; asks all when none is."""

    async def choose_replicas(
        self, candidate_replicas: list[RunningReplica], pending_request: PendingRequest | None = None
    ) -> list[list[RunningReplica]]:
        """One rank of replicas; Serve takes the shortest queue among them."""
        known = self.replica_queue_len_cache
        free = [r for r in candidate_replicas if _below(known.get(r.replica_id), r.max_ongoing_requests)]
        return [free or list(candidate_replicas)]


def _below(queue_length: int | None, limit: int) -> bool:
    return queue_length is not None and queue_length < limit


def few_long_calls() -> RequestRouterConfig:
    """The routing of model deployments."""
    options: dict[str, Any] = {"initial_backoff_s": 0.01, "backoff_multiplier": 2, "max_backoff_s": 0.1}
    return RequestRouterConfig(request_router_class=f"{__name__}:{FreeReplicaRouter.__name__}", **options)
