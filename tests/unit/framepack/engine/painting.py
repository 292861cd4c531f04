"""Pictures that the tests of the painter ask for and look at."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from PIL import Image

from engines.framepack.layouts import layout_of
from engines.framepack.painter import paint
from engines.framepack.requests import PictureRequest, SamplingHooks, SamplingRequest

SAMPLING = SamplingRequest("a girl on a roof", 96, 64, 7, steps=3)


def png(image):
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def noisy(seed, size=(96, 64), mode="RGB"):
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], len(mode)), dtype=np.uint8)
    return png(Image.fromarray(pixels))


def latent_of(runtime, picture, monkeypatch=None):
    """The final latent: random autoencoders hide small differences."""
    seen = []
    paint(runtime, picture, SamplingHooks(on_step=lambda step, total, latent: seen.append((step, total, latent))))
    return seen[-1][2]


def picture(**changes):
    return PictureRequest(replace(SAMPLING, **changes), layout_of("eichi"))


def together(runtime, pictures):
    """All at once, in one thread each."""
    with ThreadPoolExecutor(len(pictures)) as pool:
        return list(pool.map(lambda each: latent_of(runtime, each), pictures))
