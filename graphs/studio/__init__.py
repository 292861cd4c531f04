"""The studio application: the index page of the deployed applications."""

from graphs.studio.app import build

__all__ = ["build"]
