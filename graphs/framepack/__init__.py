"""The FramePack application."""

from graphs.framepack.app import build

__all__ = ["build"]
