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
from engines.framepack.rows import Given
from engines.framepack.run import FILMS, Run, Scene
from engines.framepack.schedule import shift_of, sigmas, tokens_of
from engines.framepack.studio import Studio
from engines.framepack.wishes import Film, Hooks
from foundation.errors import InvalidInput

VARIANTS: Mapping[Mode, str] = {"reverse": BASE, "forward": F1}


@dataclass(frozen=True)
class Section:
    """A finished section: frames T×H×W×3 in 8 bits, and what the next one needs to know."""

    done: np.ndarray
    open: np.ndarray
    state: bytes


def film_section(studio: Studio, film: Film, number: int, state: bytes | None, hooks: Hooks) -> Section:
    """Section ``number`` of a film, from 0 in the order of making; ``state`` is that of the one before.

    Raises Stopped when its owner wants it, InvalidInput for an end picture under forward sampling or LoRAs that do not
    fit, EngineNotReady without weights, Overloaded when too many wait.
    """
    if film.end is not None and film.mode == "forward":
        raise InvalidInput("end_image: only sampling_mode reverse can end in a picture")
    hooks.stop_if_asked()
    # read here, where nobody waits for it; an error is told before anything is done
    studio.models.transformer(VARIANTS[film.mode])
    start = studio.eyes.encode(fitted(film.start, film.wish.width, film.wish.height))
    before = read_state(state, film.mode) if state is not None else _beginning(film.mode, start)
    run = _prepared(studio, film, number, before, hooks)
    with studio.loras.held(run.scene.variant, film.wish.loras):
        made = studio.batcher.sample(run)
    hooks.stop_if_asked()
    last = number == film.sections - 1
    # the film ends, in the order of making, with the start picture itself
    ends = last and film.mode == "reverse"
    after = before.joined(torch.cat([start, made], dim=1) if ends else made)
    frames = studio.eyes.decode(after.slice(DECODED + 1 if ends else DECODED))
    if state is not None:
        frames = _blended(frames, _opened(studio, before, state), film.mode)
    return _section(frames, after, last, studio)


def _beginning(mode: Mode, start: Tensor) -> FilmState:
    return FilmState(mode, start[:, :0] if mode == "reverse" else start)


def _prepared(studio: Studio, film: Film, number: int, before: FilmState, hooks: Hooks) -> Run:
    wish, picture = film.wish, fitted(film.start, film.wish.width, film.wish.height)
    places = places_of(film.mode, number, film.sections)
    near, half, quarter = before.history()
    if film.end is not None and number == 0:
        near = studio.eyes.encode(fitted(film.end, wish.width, wish.height))
    clean = torch.cat([studio.eyes.encode(picture), near], dim=1)
    scene = Scene(
        variant=VARIANTS[film.mode],
        loras=wish.loras,
        words=studio.reader.read(wish.prompt),
        negative=studio.reader.read(wish.negative) if wish.cfg != 1 else None,
        image=studio.eyes.look(picture),
        indices=places.window,
        given=(Given(clean, places.clean), Given(half, places.half), Given(quarter, places.quarter)),
        cfg=wish.cfg,
        guidance=wish.guidance,
        rescale=wish.rescale,
    )
    return Run(
        engine=studio.transformers,
        scene=scene,
        noise=noise_of(wish, WINDOW, number),
        sigmas=sigmas(wish.steps, shift_of(tokens_of(wish.width, wish.height, WINDOW))),
        solver=wish.solver,
        lane=FILMS,
        on_step=hooks.on_step,
        should_stop=hooks.should_stop,
    )


def _section(frames: np.ndarray, after: FilmState, last: bool, studio: Studio) -> Section:
    state = after.to_bytes()
    if last:
        return Section(as_8_bit(frames), as_8_bit(frames[:0]), state)
    opened, done = _parted(frames, after.mode)
    studio.open_frames.keep(state, opened)
    return Section(as_8_bit(done), as_8_bit(opened), state)


def _parted(frames: np.ndarray, mode: Mode) -> tuple[np.ndarray, np.ndarray]:
    """The frames that the next section overlaps, and the others."""
    if mode == "reverse":
        return frames[:OVERLAP], frames[OVERLAP:]
    return frames[-OVERLAP:], frames[:-OVERLAP]


def _opened(studio: Studio, before: FilmState, state: bytes) -> np.ndarray:
    kept = studio.open_frames.take(state)
    return kept if kept is not None else _parted(studio.eyes.decode(before.slice()), before.mode)[0]


def _blended(frames: np.ndarray, opened: np.ndarray, mode: Mode) -> np.ndarray:
    """The overlap goes over from what is earlier in time to what is later."""
    frames = frames.copy()
    weight = np.linspace(1, 0, OVERLAP, dtype=np.float32)[:, None, None, None]
    place = slice(-OVERLAP, None) if mode == "reverse" else slice(0, OVERLAP)
    earlier, later = (frames[place], opened) if mode == "reverse" else (opened, frames[place])
    frames[place] = weight * earlier + (1 - weight) * later
    return frames
