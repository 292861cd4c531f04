"""Ids of requests: a client may bring its own, if it is a plain word."""

import re
import uuid

PLAIN = re.compile(r"[A-Za-z0-9._-]{1,128}")


def plain_or_new(given: str) -> str:
    """The id that a client has sent if it is a plain word of at most 128 characters, else a new one."""
    return given if PLAIN.fullmatch(given) else uuid.uuid4().hex
