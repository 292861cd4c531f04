"""Declares the two operators that a torchvision built for CUDA looks for when it is imported beside a CPU torch.

Python runs this file when the peer's server starts; no model of the bench calls the operators.
"""

from typing import Any


def _declared() -> Any:
    import torch

    library = torch.library.Library("torchvision", "DEF")
    library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


# the declarations end when this object does
LIBRARY = _declared()
