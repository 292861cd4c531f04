"""Work, options and windows as JSON and bytes, for those who call the engine from another process."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np

from engines.inpaint.options import Options, Region
from engines.inpaint.picture import Rgb
from engines.inpaint.plan import Window
from engines.inpaint.remove import Removed, Work


def read_work(work: Mapping[str, Any]) -> Work:
    """``data`` and ``mask`` are files, ``regions`` a list of boxes and polygons."""
    regions = tuple(Region.model_validate(each) for each in work.get("regions") or ())
    return Work(work["data"], regions, work.get("mask"))


def read_options(options: Mapping[str, Any]) -> Options:
    """Options from a dictionary; None means the default."""
    return Options.model_validate(dict(options))


def write_removed(done: Removed) -> dict[str, Any]:
    """A finished picture as plain values."""
    return dict(vars(done))


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
