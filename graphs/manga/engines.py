"""What a session asks of engines, and how a failure of one is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from foundation.errors import KomaError
from foundation.graph import Context, Json

AUTO, DRAFT = "auto", "draft"


@dataclass(frozen=True)
class Wanted:
    """Engines by name, ``auto`` where none is asked for; ``fallback`` lets the next one go on where one fails."""

    writer: str = AUTO
    artist: str = AUTO
    panels: Mapping[str, str] = field(default_factory=dict[str, str])
    fallback: bool = False


def wanted_by(context: Context) -> Wanted:
    """The engines of a session; those of one that was accepted before there was a choice."""
    told = cast(Mapping[str, Any], context.args.get("engines") or {})
    return Wanted(
        writer=told.get("writer", AUTO),
        artist=told.get("artist", AUTO),
        panels=told.get("panels", {}),
        fallback=context.args.get("fallback", False),
    )


def failure_of(engine: str, error: KomaError) -> dict[str, Json]:
    """An engine's failure as results tell it."""
    return {"engine": engine, "code": error.code, "detail": error.detail}
