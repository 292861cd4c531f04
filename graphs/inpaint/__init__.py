"""The text removal application."""

from graphs.inpaint.app import build

__all__ = ["build"]
