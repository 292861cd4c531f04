"""The one gate of all replicas that call Google, and the way to it.

Deploy it with one replica: it counts the calls of all replicas. It stores nothing: after a restart it
counts from zero, and calls that were inside go on.
"""

import contextlib
from typing import Any

from ray.serve.handle import DeploymentHandle

from deployments.handles import HandleModel, Slot
from deployments.model_ref import ModelRef
from deployments.telemetry import start_telemetry
from engines.vertex.gate import Gate, Kind
from foundation.errors import KomaError
from foundation.settings import get_settings

# a waiting call stays inside the gate; the caller's own budget ends it
WAIT_S = 3600.0


class VertexGate:
    """Places for calls to Google: so many at once and so many a minute, for words and for pictures."""

    def __init__(self) -> None:
        from engines.vertex.gate import Limit, LocalGate

        start_telemetry()
        settings = get_settings()
        self._gate = LocalGate({
            "text": Limit(settings.vertex_text_calls, settings.vertex_text_rpm),
            "image": Limit(settings.vertex_image_calls, settings.vertex_image_rpm),
        })  # fmt: skip

    async def enter(self, kind: Kind, holder: str, lease_s: float) -> None:
        """Wait for a place, which is kept for ``lease_s`` seconds at most."""
        await self._gate.enter(kind, holder, lease_s)

    async def leave(self, kind: Kind, holder: str, limited: float | None) -> float:
        """Give the place back; after a 429 ``limited`` is the seconds to wait. Returns how long nobody gets in."""
        return await self._gate.leave(kind, holder, limited)

    async def inside(self) -> dict[str, int]:
        """How many places of each kind are taken."""
        return self._gate.inside()


class RemoteGate:
    """The gate behind a handle or a name ``application/Deployment``."""

    def __init__(self, gate: DeploymentHandle | str) -> None:
        self._model = HandleModel(Slot(gate, WAIT_S))

    async def enter(self, kind: Kind, holder: str, lease_s: float) -> None:
        """Wait for a place. Raises ReplicaLost when the gate dies meanwhile: the call is tried again."""
        await self._model.call("enter", kind, holder, lease_s)

    async def leave(self, kind: Kind, holder: str, limited: float | None) -> float:
        """Give the place back. Where that fails the lease ends by itself: what was paid for is not thrown away."""
        with contextlib.suppress(KomaError):
            return await self._model.call("leave", kind, holder, limited)
        return limited or 0.0


def bind_gate(ref: ModelRef) -> Any:
    """The gate for a builder: a bound deployment, or the name of another application's."""
    return ref.slot(VertexGate).model


def gate_of(gate: Any) -> Gate:
    """The gate that a replica was bound to: a handle, a name, or a gate in the same process."""
    return RemoteGate(gate) if isinstance(gate, DeploymentHandle | str) else gate
