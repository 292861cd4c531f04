"""What one look found."""

from dataclasses import dataclass
from typing import Literal

State = Literal["ready", "missing", "broken"]


@dataclass(frozen=True)
class Finding:
    """``missing`` is optional and not there; ``broken`` is needed, or was asked for, and does not work.

    ``fix`` is a command or a setting. Neither it nor ``detail`` holds a secret.
    """

    name: str
    state: State
    detail: str
    fix: str = ""


def ready(name: str, detail: str) -> Finding:
    """It works."""
    return Finding(name, "ready", detail)


def missing(name: str, detail: str, fix: str) -> Finding:
    """It is optional and not there."""
    return Finding(name, "missing", detail, fix)


def broken(name: str, detail: str, fix: str) -> Finding:
    """It is needed, or was asked for, and does not work."""
    return Finding(name, "broken", detail, fix)


def one_line(error: BaseException) -> str:
    """An error in one line; a library's text may hold what a URL held, so it is not quoted."""
    return type(error).__name__
