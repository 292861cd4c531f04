"""Pictures, requests and the real deployment, for the tests of the draft."""

import io
from contextlib import aclosing

import numpy as np
from PIL import Image

from deployments.framepack_draft import FramePackDraft

SIZE = {"width": 304, "height": 176}
REQUEST = {
    "prompt": "a girl with an umbrella on a rainy rooftop",
    "seed": 7,
    "previews": False,
    "parameters": None,
    **SIZE,
}
FILM = {
    **REQUEST,
    "prompt": "pan left",
    "sampling_mode": "forward",
    "mp4_crf": 16,
    "sections": 2,
    "width": 96,
    "height": 64,
}


def png(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def scenery(width=96, height=64, seed=0):
    """Coloured blobs that no two places share."""
    rng = np.random.default_rng(seed)
    small = rng.integers(0, 255, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)


async def events(generator):
    async with aclosing(generator) as all_of_them:
        return [event async for event in all_of_them]


async def image_of(files=None, **changes):
    """The picture of a request, as PNG and in pixels."""
    *_, last = await events(FramePackDraft().image(REQUEST | changes, files or {}))
    return last["image"], np.asarray(Image.open(io.BytesIO(last["image"])))


async def film_of(files, **changes):
    """The pieces of a film in the order in which they were made."""
    model = FramePackDraft()
    wanted, state, pieces = FILM | changes, None, []
    for number in range(wanted["sections"]):
        *_, last = await events(model.section(wanted, files, number, state))
        state = last["state"]
        pieces.append(last)
    return pieces
