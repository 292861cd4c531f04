"""Moments on the wire."""

from datetime import UTC, datetime
from typing import Literal

Zone = Literal["", "Z", "+00:00"]


def iso(seconds: float | None = None, zone: Zone = "") -> str:
    """Seconds since 1970, by default now, as ISO 8601 in UTC with milliseconds; ``zone`` is how the API marks UTC."""
    moment = datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + zone
