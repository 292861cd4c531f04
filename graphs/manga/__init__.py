"""The manga application: seven phases as one graph."""

from graphs.manga.app import build

__all__ = ["build"]
