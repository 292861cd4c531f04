"""Models behind one protocol: windows in, filled windows out.

window (h×w×3 RGB, h×w hole) -> IOPaint's class, or LaMa's own module -> h×w×3 RGB
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import torch

from engines.inpaint.iopaint import to_request, undisturbed
from engines.inpaint.models.ffc import Inpainting
from engines.inpaint.options import FillOptions
from engines.inpaint.picture import Rgb
from engines.inpaint.plan import Window


class Filler(Protocol):
    """A loaded model. One thread at a time."""

    def fill(self, windows: Sequence[Window], options: FillOptions) -> list[Rgb]:
        """The windows with their holes filled; windows of one size may be computed as one batch."""
        ...


class IOPaintFiller:
    """A model class of IOPaint, called as IOPaint calls it."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def fill(self, windows: Sequence[Window], options: FillOptions) -> list[Rgb]:
        """One window after the other; each call has a request of its own, since some models write to it."""
        with undisturbed():
            # the noise of ldm comes from the one generator of the process
            torch.manual_seed(options.seed)
            return [self._fill(window, options) for window in windows]

    def _fill(self, window: Window, options: FillOptions) -> Rgb:
        # the class may write into what it is given
        bgr = self._model(window.rgb.copy(), window.hole.copy(), to_request(options))
        return np.ascontiguousarray(bgr.astype(np.uint8)[:, :, ::-1])


class LamaFiller:
    """LaMa in Koma's own module: exact in 32 bits where IOPaint's meaning is asked for, fast elsewhere."""

    def __init__(self, exact: IOPaintFiller, fast: Inpainting, device: str) -> None:
        self._exact = exact
        self._fast = fast
        self._device = device

    def fill(self, windows: Sequence[Window], options: FillOptions) -> list[Rgb]:
        """Under ``Auto``, windows of one size as one batch where the device gains by it."""
        if options.hd_strategy != "Auto":
            return self._exact.fill(windows, options)
        if self._device == "cpu":
            # a batch is no faster there, and its larger tensors leave the caches
            return [self.batch([window])[0] for window in windows]
        shapes = {window.hole.shape for window in windows}
        filled: dict[int, Rgb] = {}
        for shape in shapes:
            mine = [n for n, window in enumerate(windows) if window.hole.shape == shape]
            filled |= dict(zip(mine, self.batch([windows[n] for n in mine]), strict=True))
        return [filled[n] for n in range(len(windows))]

    @torch.inference_mode()
    def batch(self, windows: Sequence[Window]) -> list[Rgb]:
        """Windows of one size, filled as one batch."""
        height, width = windows[0].hole.shape
        pad = ((0, 0), (0, -height % 8), (0, -width % 8))
        images = np.pad(np.stack([w.rgb for w in windows]), (*pad, (0, 0)), mode="symmetric")
        masks = np.pad(np.stack([w.hole for w in windows]), pad, mode="symmetric")
        image = torch.from_numpy(images).to(self._device).permute(0, 3, 1, 2).float() / 255
        mask = (torch.from_numpy(masks).to(self._device)[:, None] > 0).float()
        layout = torch.channels_last
        result = self._fast(image.contiguous(memory_format=layout), mask)
        whole = (result * 255).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
        return [np.ascontiguousarray(each[:height, :width]) for each in whole]
