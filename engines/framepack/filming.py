"""Films by sections of nine latent frames, 36 frames each, every one conditioned on what lies beside it.

reverse   the base model: the last section first, towards the start picture, so that nothing drifts away from it
forward   the F1 model: from the start picture on

Of each section's frames the outer ones are done; the 33 that the next section overlaps stay open, and are blended
into it. Source: the sampling of lllyasviel/FramePack as diffusers' HunyuanVideoFramepackPipeline has it; with the same
seed, levels and pictures the frames are the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engines.framepack.film_plan import DECODED, OVERLAP, Mode, places_of
from engines.framepack.film_state import FilmState, read_state
from engines.framepack.layouts import WINDOW
from engines.framepack.models import BASE, F1
from engines.framepack.painter import noise_of
from engines.framepack.pictures import as_8_bit, fitted
from engines.framepack.requests import FilmRequest, SamplingHooks
from engines.framepack.rows import Given
from engines.framepack.run import FILMS, Conditions, FramePackRun
from engines.framepack.runtime import Runtime
from engines.framepack.schedule import shift_of, sigmas, tokens_of
from foundation.errors import InvalidInput

VARIANTS: Mapping[Mode, str] = {"reverse": BASE, "forward": F1}


@dataclass(frozen=True)
class Section:
    """A finished section: frames T×H×W×3 in 8 bits, and what the next one needs to know."""

    done: np.ndarray
    open: np.ndarray
    state: bytes


def film_section(
    runtime: Runtime, film: FilmRequest, number: int, state: bytes | None, hooks: SamplingHooks
) -> Section:
    """Section ``number`` of a film, from 0 in the order of making; ``state`` is that of the one before.

    Raises Stopped when its owner wants it, InvalidInput for an end picture under forward sampling or LoRAs that do not
    fit, EngineNotReady without weights, Overloaded when too many wait.
    """
    if film.end is not None and film.mode == "forward":
        raise InvalidInput("end_image: only sampling_mode reverse can end in a picture")
    hooks.stop_if_requested()
    # read here, where nobody waits for it; an error is raised before anything is done
    runtime.models.transformer(VARIANTS[film.mode])
    start = runtime.image_encoder.encode(fitted(film.start, film.sampling.width, film.sampling.height))
    before = read_state(state, film.mode) if state is not None else _beginning(film.mode, start)
    run = _prepared(runtime, film, number, before, hooks)
    with runtime.loras.held(run.conditions.variant, film.sampling.loras):
        section = runtime.batcher.sample(run)
    hooks.stop_if_requested()
    last = number == film.sections - 1
    # the film ends, in the order of making, with the start picture itself
    ends = last and film.mode == "reverse"
    after = before.joined(torch.cat([start, section], dim=1) if ends else section)
    frames = runtime.image_encoder.decode(after.slice(DECODED + 1 if ends else DECODED))
    if state is not None:
        frames = _blended(frames, _opened(runtime, before, state), film.mode)
    return _section(frames, after, last, runtime)


def _beginning(mode: Mode, start: Tensor) -> FilmState:
    return FilmState(mode, start[:, :0] if mode == "reverse" else start)


def _prepared(
    runtime: Runtime, film: FilmRequest, number: int, before: FilmState, hooks: SamplingHooks
) -> FramePackRun:
    sampling, picture = film.sampling, fitted(film.start, film.sampling.width, film.sampling.height)
    places = places_of(film.mode, number, film.sections)
    near, half, quarter = before.history()
    if film.end is not None and number == 0:
        near = runtime.image_encoder.encode(fitted(film.end, sampling.width, sampling.height))
    clean = torch.cat([runtime.image_encoder.encode(picture), near], dim=1)
    conditions = Conditions(
        variant=VARIANTS[film.mode],
        loras=sampling.loras,
        words=runtime.text_encoder.read(sampling.prompt),
        negative=runtime.text_encoder.read(sampling.negative) if sampling.cfg != 1 else None,
        image=runtime.image_encoder.look(picture),
        indices=places.window,
        given=(Given(clean, places.clean), Given(half, places.half), Given(quarter, places.quarter)),
        cfg=sampling.cfg,
        guidance=sampling.guidance,
        rescale=sampling.rescale,
    )
    return FramePackRun(
        engine=runtime.transformers,
        conditions=conditions,
        noise=noise_of(sampling, WINDOW, number),
        sigmas=sigmas(sampling.steps, shift_of(tokens_of(sampling.width, sampling.height, WINDOW))),
        solver=sampling.solver,
        lane=FILMS,
        on_step=hooks.on_step,
        should_stop=hooks.should_stop,
    )


def _section(frames: np.ndarray, after: FilmState, last: bool, runtime: Runtime) -> Section:
    state = after.to_bytes()
    if last:
        return Section(as_8_bit(frames), as_8_bit(frames[:0]), state)
    opened, done = _parted(frames, after.mode)
    runtime.open_frames.keep(state, opened)
    return Section(as_8_bit(done), as_8_bit(opened), state)


def _parted(frames: np.ndarray, mode: Mode) -> tuple[np.ndarray, np.ndarray]:
    """The frames that the next section overlaps, and the others."""
    if mode == "reverse":
        return frames[:OVERLAP], frames[OVERLAP:]
    return frames[-OVERLAP:], frames[:-OVERLAP]


def _opened(runtime: Runtime, before: FilmState, state: bytes) -> np.ndarray:
    stored = runtime.open_frames.take(state)
    return stored if stored is not None else _parted(runtime.image_encoder.decode(before.slice()), before.mode)[0]


def _blended(frames: np.ndarray, opened: np.ndarray, mode: Mode) -> np.ndarray:
    """The overlap goes over from what is earlier in time to what is later."""
    frames = frames.copy()
    weight = np.linspace(1, 0, OVERLAP, dtype=np.float32)[:, None, None, None]
    place = slice(-OVERLAP, None) if mode == "reverse" else slice(0, OVERLAP)
    earlier, later = (frames[place], opened) if mode == "reverse" else (opened, frames[place])
    frames[place] = weight * earlier + (1 - weight) * later
    return frames
