"""Pictures: one frame of a film that nobody shoots.

request -> words, latents and features of its pictures -> a Run among others -> latent -> pixels
"""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engines.framepack.models import BASE
from engines.framepack.pictures import CELL, as_8_bit, fitted, fitted_mask, in_cells
from engines.framepack.requests import PictureRequest, SamplingHooks, SamplingRequest
from engines.framepack.rows import Given
from engines.framepack.run import Conditions, FramePackRun, PreservedArea
from engines.framepack.runtime import Runtime
from engines.framepack.schedule import shift_of, sigmas, tokens_of

CHANNELS = 16


def paint(runtime: Runtime, picture: PictureRequest, hooks: SamplingHooks) -> Image.Image:
    """The picture of a request, as RGB.

    Raises Stopped when its owner wants it, InvalidInput for LoRAs that do not fit, Overloaded when too many wait.
    """
    sampling = picture.sampling
    source = fitted(picture.pictures.source, sampling.width, sampling.height)
    if picture.strength == 0:
        return source
    hooks.stop_if_requested()
    mask = fitted_mask(picture.pictures.source_mask, picture.pictures.source, sampling.width, sampling.height)
    run = _prepared(runtime, picture, source, mask, hooks)
    with runtime.loras.held(BASE, sampling.loras):
        latent = runtime.batcher.sample(run)
    hooks.stop_if_requested()
    painted = as_8_bit(runtime.image_encoder.decode(latent))[0]
    return Image.fromarray(painted if mask is None else _preserving(np.asarray(source), painted, mask))


def _prepared(
    runtime: Runtime, picture: PictureRequest, source: Image.Image, mask: np.ndarray | None, hooks: SamplingHooks
) -> FramePackRun:
    sampling, strength = picture.sampling, picture.strength
    latent = runtime.image_encoder.encode(source)
    levels = sigmas(
        sampling.steps, shift_of(tokens_of(sampling.width, sampling.height)), 1.0 if strength is None else strength
    )
    conditions = Conditions(
        variant=BASE,
        loras=sampling.loras,
        words=runtime.text_encoder.read(sampling.prompt),
        negative=runtime.text_encoder.read(sampling.negative) if sampling.cfg != 1 else None,
        image=runtime.image_encoder.look(source),
        indices=(picture.layout.target,),
        given=_given(runtime, picture, latent if mask is None else latent * in_cells(mask)),
        cfg=sampling.cfg,
        guidance=sampling.guidance,
        rescale=sampling.rescale,
    )
    return FramePackRun(
        engine=runtime.transformers,
        conditions=conditions,
        noise=noise_of(sampling, 1),
        sigmas=levels,
        solver=sampling.solver,
        source=latent if strength is not None else None,
        preserved=PreservedArea(in_cells(mask), latent) if mask is not None else None,
        batch_size=sampling.batch_size,
        on_step=hooks.on_step,
        should_stop=hooks.should_stop,
    )


def noise_of(sampling: SamplingRequest, frames: int, draw: int = 0) -> Tensor:
    """The noise of a seed, C×T×h×w, always drawn on the CPU: the first one, or a later ``draw`` of the same stream."""
    generator = torch.Generator("cpu").manual_seed(sampling.seed)
    shape = (CHANNELS, frames, sampling.height // CELL, sampling.width // CELL)
    for _ in range(draw):
        torch.randn(shape, generator=generator)
    return torch.randn(shape, generator=generator)


def _given(runtime: Runtime, picture: PictureRequest, start: Tensor) -> tuple[Given | None, Given | None, Given | None]:
    """The start picture, the reference, and the empty frames of the layout."""
    sampling, layout, pictures = picture.sampling, picture.layout, picture.pictures
    clean = [start]
    if layout.reference is not None:
        reference = runtime.image_encoder.encode(fitted(pictures.reference, sampling.width, sampling.height))
        mask = fitted_mask(pictures.reference_mask, pictures.reference, sampling.width, sampling.height)
        clean.append(reference if mask is None else reference * in_cells(mask))
    if layout.post is not None:
        clean.append(torch.zeros_like(start))
    empty = [
        Given(torch.zeros_like(start).expand(-1, len(indices), -1, -1), indices) if indices else None
        for indices in (layout.history_2x, layout.history_4x)
    ]
    return Given(torch.cat(clean, dim=1), layout.clean), empty[0], empty[1]


def _preserving(source: np.ndarray, painted: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Where the mask is white, the source's own pixels: an autoencoder does not give them back exactly."""
    weight = mask[..., None]
    return np.rint(source * weight + painted * (1 - weight)).astype(np.uint8)
