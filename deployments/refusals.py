"""What Koma refuses to start with, and what fixes it. Pure functions over settings and facts.

All raise Misconfigured, before anything is started that would have to be stopped again.
"""

import ipaddress

from foundation.errors import Misconfigured
from foundation.settings import Settings

NEW_KEY = """API_KEYS='["'$(openssl rand -hex 24)'"]'"""


def refuse_open_binding(host: str, settings: Settings) -> None:
    """An address that others can reach needs keys."""
    if not settings.api_keys and not _is_loopback(host):
        raise Misconfigured(f"Koma would listen on {host} and serve anybody; set {NEW_KEY}, or listen on 127.0.0.1")


def refuse_lone_gcs(settings: Settings) -> None:
    """In a cloud the state of Ray must outlive its head."""
    if not settings.ray_redis_address:
        raise Misconfigured(
            "the cloud profile keeps Ray's state in Redis, so that the cluster outlives its head; "
            "set RAY_REDIS_ADDRESS to host:port on every node before Ray starts"
        )


def refuse_shared_sqlite(database_url: str, nodes: int) -> None:
    """A file of one node's disk is no truth for several."""
    if database_url.startswith("sqlite") and nodes > 1:
        raise Misconfigured(f"SQLite serves one Ray node and this cluster has {nodes}; set DATABASE_URL to PostgreSQL")


def refuse_cloud(settings: Settings) -> None:
    """What an application asks that says ``cloud``: it serves on all addresses, from nodes that come and go."""
    refuse_lone_gcs(settings)
    refuse_open_binding("0.0.0.0", settings)  # noqa: S104
    if settings.resolved_database_url.startswith("sqlite"):
        raise Misconfigured(
            "SQLite is a file of one node, and a cloud's nodes come and go; set DATABASE_URL to PostgreSQL"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
