"""The style transform application, with ComfyUI's own API."""

from graphs.style.app import build

__all__ = ["build"]
