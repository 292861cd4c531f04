"""The engines that a session requests, and the record of a failure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from foundation.errors import KomaError
from foundation.graph import Context, Json
from graphs.common.choice import AUTO


@dataclass(frozen=True)
class RequestedEngines:
    """Engines by name, ``auto`` where none is requested; ``fallback`` lets the next one continue where one fails."""

    writer: str = AUTO
    artist: str = AUTO
    panels: Mapping[str, str] = field(default_factory=dict[str, str])
    fallback: bool = False


def requested_engines(context: Context) -> RequestedEngines:
    """The engines of a session; those of one that was accepted before there was a choice."""
    engines = cast(Mapping[str, Any], context.args.get("engines") or {})
    return RequestedEngines(
        writer=engines.get("writer", AUTO),
        artist=engines.get("artist", AUTO),
        panels=engines.get("panels", {}),
        fallback=context.args.get("fallback", False),
    )


def failure_of(engine: str, error: KomaError) -> dict[str, Json]:
    """The failure of an engine in a result."""
    return {"engine": engine, "code": error.code, "detail": error.detail}
