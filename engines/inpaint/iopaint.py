"""IOPaint 1.6.0's model classes without the rest of it.

``iopaint.model`` imports every diffusion model that it knows, and their libraries, before the first
erase model can be had. A bare package of that name, registered first, keeps its ``__init__`` from running.

IOPaint sets a few environment variables when it is imported, and one of its models seeds torch; both are
undone here. It is imported in the process of a model replica alone.
"""

import contextlib
import importlib
import importlib.util
import os
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from engines.inpaint.options import FillOptions
from foundation.errors import EngineNotReady

if TYPE_CHECKING:
    from engines.inpaint.picture import Mask
    from engines.inpaint.windows import Box

VERSION = "1.6.0"
PACKAGE = "iopaint.model"


def load_class(path: str) -> Any:
    """A class of IOPaint by ``module:Class`` below ``iopaint.model``. Raises EngineNotReady."""
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def import_module(name: str) -> types.ModuleType:
    """A module below ``iopaint.model``. Raises EngineNotReady when IOPaint is not installed."""
    with undisturbed():
        if PACKAGE not in sys.modules:
            _register_bare_package()
        return importlib.import_module(f"{PACKAGE}.{name}")


def _register_bare_package() -> None:
    spec = importlib.util.find_spec("iopaint")
    if spec is None or not spec.submodule_search_locations:
        raise EngineNotReady(f"IOPaint is not installed: pip install --no-deps iopaint=={VERSION}")
    bare = types.ModuleType(PACKAGE)
    bare.__path__ = [str(Path(spec.submodule_search_locations[0]) / "model")]
    sys.modules[PACKAGE] = bare


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Loads IOPaint's code and models without a trace in the environment, the random numbers or the log."""
    import torch
    from loguru import logger

    # it logs every window; the replica logs what matters
    logger.disable("iopaint")
    # the caps on kernel caches that it sets would slow every other model of the process
    environ = os.environ  # noqa: TID251
    before, state = dict(environ), torch.get_rng_state()
    with warnings.catch_warnings():
        # it was written for older libraries, and works with these
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            torch.set_rng_state(state)
            for name in set(environ) - set(before):
                del environ[name]
            environ.update(before)


def to_request(options: FillOptions) -> Any:
    """The options as IOPaint's own request; a fresh one for each call, since some models write to it."""
    with undisturbed():
        from iopaint.schema import InpaintRequest
    request: Any = InpaintRequest
    strategy = "Original" if options.hd_strategy in {"Auto", "Crop"} else options.hd_strategy
    return request(
        hd_strategy=strategy,
        hd_strategy_crop_trigger_size=options.hd_strategy_crop_trigger_size,
        hd_strategy_crop_margin=options.hd_strategy_crop_margin,
        hd_strategy_resize_limit=options.hd_strategy_resize_limit,
        ldm_steps=options.ldm_steps,
        ldm_sampler=options.ldm_sampler,
        zits_wireframe=options.zits_wireframe,
        cv2_flag=options.cv2_flag,
        cv2_radius=options.cv2_radius,
        sd_seed=options.seed,
    )


def crop_boxes(mask: "Mask", margin: int) -> "list[Box]":
    """The windows of IOPaint's Crop strategy, in its order: one for each outer contour, margin all around.

    A window that would leave the picture is moved inwards. Measured against IOPaint in the tests.
    """
    height, width = mask.shape
    contours, _ = cv2.findContours(np.where(mask, 255, 0).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    boxes: list[Box] = []
    for contour in contours:
        x, y, w, h = cv2.boundingRect(contour)
        left, right = _span(x, w, margin, width)
        top, bottom = _span(y, h, margin, height)
        boxes.append((left, top, right, bottom))
    return boxes


def _span(start: int, length: int, margin: int, limit: int) -> tuple[int, int]:
    middle, half = (2 * start + length) // 2, (length + 2 * margin) // 2
    low, high = middle - half, middle + half
    below, above = max(-low, 0), max(high - limit, 0)
    return max(max(low, 0) - above, 0), min(min(high, limit) + below, limit)
