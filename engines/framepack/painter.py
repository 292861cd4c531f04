"""Pictures: one frame of a film that nobody shoots.

wish -> words, latents and features of its pictures -> a Run among others -> latent -> pixels
"""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engines.framepack.models import BASE
from engines.framepack.pictures import CELL, as_8_bit, fitted, fitted_mask, in_cells
from engines.framepack.rows import Given
from engines.framepack.run import Kept, Run, Scene
from engines.framepack.schedule import shift_of, sigmas, tokens_of
from engines.framepack.studio import Studio
from engines.framepack.wishes import Hooks, Picture, Wish

CHANNELS = 16


def paint(studio: Studio, picture: Picture, hooks: Hooks) -> Image.Image:
    """The picture of a wish, as RGB.

    Raises Stopped when its owner wants it, InvalidInput for LoRAs that do not fit, Overloaded when too many wait.
    """
    wish = picture.wish
    source = fitted(picture.pictures.source, wish.width, wish.height)
    if picture.strength == 0:
        return source
    hooks.stop_if_asked()
    mask = fitted_mask(picture.pictures.source_mask, picture.pictures.source, wish.width, wish.height)
    run = _prepared(studio, picture, source, mask, hooks)
    with studio.loras.held(BASE, wish.loras):
        latent = studio.batcher.sample(run)
    hooks.stop_if_asked()
    made = as_8_bit(studio.eyes.decode(latent))[0]
    return Image.fromarray(made if mask is None else _kept(np.asarray(source), made, mask))


def _prepared(studio: Studio, picture: Picture, source: Image.Image, mask: np.ndarray | None, hooks: Hooks) -> Run:
    wish, strength = picture.wish, picture.strength
    latent = studio.eyes.encode(source)
    levels = sigmas(wish.steps, shift_of(tokens_of(wish.width, wish.height)), 1.0 if strength is None else strength)
    scene = Scene(
        variant=BASE,
        loras=wish.loras,
        words=studio.reader.read(wish.prompt),
        negative=studio.reader.read(wish.negative) if wish.cfg != 1 else None,
        image=studio.eyes.look(source),
        indices=(picture.layout.target,),
        given=_given(studio, picture, latent if mask is None else latent * in_cells(mask)),
        cfg=wish.cfg,
        guidance=wish.guidance,
        rescale=wish.rescale,
    )
    return Run(
        engine=studio.transformers,
        scene=scene,
        noise=noise_of(wish, 1),
        sigmas=levels,
        solver=wish.solver,
        source=latent if strength is not None else None,
        kept=Kept(in_cells(mask), latent) if mask is not None else None,
        company=wish.company,
        on_step=hooks.on_step,
        should_stop=hooks.should_stop,
    )


def noise_of(wish: Wish, frames: int, draw: int = 0) -> Tensor:
    """The noise of a seed, C×T×h×w, always drawn on the CPU: the first one, or a later ``draw`` of the same stream."""
    generator = torch.Generator("cpu").manual_seed(wish.seed)
    shape = (CHANNELS, frames, wish.height // CELL, wish.width // CELL)
    for _ in range(draw):
        torch.randn(shape, generator=generator)
    return torch.randn(shape, generator=generator)


def _given(studio: Studio, picture: Picture, start: Tensor) -> tuple[Given | None, Given | None, Given | None]:
    """The start picture, the reference, and the empty frames of the layout."""
    wish, layout, pictures = picture.wish, picture.layout, picture.pictures
    clean = [start]
    if layout.reference is not None:
        reference = studio.eyes.encode(fitted(pictures.reference, wish.width, wish.height))
        mask = fitted_mask(pictures.reference_mask, pictures.reference, wish.width, wish.height)
        clean.append(reference if mask is None else reference * in_cells(mask))
    if layout.post is not None:
        clean.append(torch.zeros_like(start))
    empty = [
        Given(torch.zeros_like(start).expand(-1, len(indices), -1, -1), indices) if indices else None
        for indices in (layout.history_2x, layout.history_4x)
    ]
    return Given(torch.cat(clean, dim=1), layout.clean), empty[0], empty[1]


def _kept(source: np.ndarray, made: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Where the mask is white, the source's own pixels: an autoencoder does not give them back exactly."""
    weight = mask[..., None]
    return np.rint(source * weight + made * (1 - weight)).astype(np.uint8)
