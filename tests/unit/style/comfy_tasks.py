"""A task for a cluster of ComfyUI servers, and what comes of it."""

import io
import uuid

import numpy as np
from PIL import Image, ImageOps

from engines.comfycluster.events import Preview, Progress
from engines.comfycluster.server import Task
from tests.support.pictures import page, png

WORKFLOW = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "in.png"}},
    "8": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}},
}


def task(timeout_s=30.0):
    return Task(f"koma-{uuid.uuid4().hex}", WORKFLOW, {"in.png": png(page())}, timeout_s)


async def run(cluster, given=None):
    """Server names, progress, previews and the pictures of one task."""
    names, progress, previews, pictures = [], [], [], []
    async for event in cluster.run(given or task()):
        match event:
            case str():
                names.append(event)
            case Progress():
                progress.append((event.value, event.max))
            case Preview():
                previews.append(event.image)
            case list():
                pictures = event
    return names, progress, previews, pictures


def is_inverted(picture):
    result = Image.open(io.BytesIO(picture))
    return np.array_equal(np.asarray(result), np.asarray(ImageOps.invert(page())))
