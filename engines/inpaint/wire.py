"""Windows as bytes, for those who call the engine from another process."""

import io

import numpy as np

from engines.inpaint.picture import Rgb
from engines.inpaint.plan import Window


def write_window(window: Window) -> bytes:
    """Window, hole and place as one compressed archive without loss."""
    out = io.BytesIO()
    np.savez_compressed(out, box=np.array(window.box), rgb=window.rgb, hole=window.hole, own=window.own)
    return out.getvalue()


def read_window(raw: bytes) -> Window:
    """What ``write_window`` wrote."""
    with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
        left, top, right, bottom = (int(value) for value in stored["box"])
        return Window((left, top, right, bottom), stored["rgb"], stored["hole"], stored["own"])


def write_rgb(rgb: Rgb) -> bytes:
    """H×W×3 in 8 bits without loss."""
    out = io.BytesIO()
    np.savez_compressed(out, rgb=rgb)
    return out.getvalue()


def read_rgb(raw: bytes) -> Rgb:
    """What ``write_rgb`` wrote."""
    with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
        return stored["rgb"]
