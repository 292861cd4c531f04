"""Films beside diffusers' own pipeline, section by section."""

import numpy as np
import pytest
import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideoFramepackPipeline,
    HunyuanVideoFramepackTransformer3DModel,
)

from engines.batching.step_batcher import Stopped
from engines.framepack.film_plan import padding_of, places_of, sections_of
from engines.framepack.filming import film_section
from engines.framepack.pictures import fitted
from engines.framepack.requests import FilmRequest, SamplingHooks, SamplingRequest
from foundation.errors import EngineNotReady, InvalidInput
from tests.unit.framepack.engine.painting import noisy

SAMPLING = SamplingRequest("a girl runs", 48, 32, 5, steps=2, solver="euler")
TYPES = {"reverse": "inverted_anti_drifting", "forward": "vanilla"}


class StockPipeline(HunyuanVideoFramepackPipeline):
    """diffusers' own, with the start picture encoded without chance, as ours is."""

    def prepare_image_latents(self, image, **_):
        return self.vae.encode(image[:, :, None]).latent_dist.mode() * self.vae.config.scaling_factor


def stock_frames(folder, film):
    pipeline = StockPipeline.from_pretrained(folder, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    # the shift by the number of tokens, which lllyasviel's demo has, and not the fixed one
    pipeline.scheduler = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True)
    if film.mode == "forward":
        f1 = HunyuanVideoFramepackTransformer3DModel.from_pretrained(folder / "transformer_f1", local_files_only=True)
        pipeline.transformer = f1
    sampling = film.sampling
    result = pipeline(
        image=fitted(film.start, sampling.width, sampling.height),
        last_image=None if film.end is None else fitted(film.end, sampling.width, sampling.height),
        prompt=sampling.prompt,
        negative_prompt=sampling.negative,
        true_cfg_scale=sampling.cfg,
        prompt_template={"template": "{}", "crop_start": 0},
        height=sampling.height,
        width=sampling.width,
        num_frames=33 * film.sections,
        num_inference_steps=sampling.steps,
        guidance_scale=sampling.guidance,
        generator=torch.Generator().manual_seed(sampling.seed),
        sampling_type=TYPES[film.mode],
        output_type="np",
    )
    return np.rint(result.frames[0].clip(0, 1) * 255)


def sections(runtime, film, forget=False):
    results, state = [], None
    for number in range(film.sections):
        results.append(film_section(runtime, film, number, state, SamplingHooks()))
        state = results[-1].state
        if forget:
            assert runtime.open_frames.take(state) is not None or number == film.sections - 1
    return results


def whole(film, results):
    done = [each.done for each in results]
    return np.concatenate(done if film.mode == "forward" else done[::-1])


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("count", [1, 3])
def test_frames_are_those_of_diffusers(runtime, framepack_folder, mode, count):
    film = FilmRequest(SAMPLING, mode, count, noisy(1))
    result = whole(film, sections(runtime, film))
    assert result.shape == (36 * count + 1, 32, 48, 3)
    assert np.abs(result - stock_frames(framepack_folder, film)).max() <= 1
    assert result.std(axis=0).mean() > 1


def test_an_end_picture_and_true_cfg_too(runtime, framepack_folder):
    sampling = SamplingRequest("a girl runs", 48, 32, 5, negative="bad", cfg=3.0, steps=2, solver="euler")
    film = FilmRequest(sampling, "reverse", 2, noisy(1), noisy(2))
    assert np.abs(whole(film, sections(runtime, film)) - stock_frames(framepack_folder, film)).max() <= 1


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_what_a_replica_forgot_is_made_again_to_the_bit(runtime, mode):
    film = FilmRequest(SAMPLING, mode, 3, noisy(1))
    retained, forgotten = sections(runtime, film), sections(runtime, film, forget=True)
    assert all(np.array_equal(one.done, other.done) for one, other in zip(retained, forgotten, strict=True))
    assert [each.state for each in retained] == [each.state for each in forgotten]


def test_open_frames_complete_the_film_so_far(runtime):
    film = FilmRequest(SAMPLING, "reverse", 3, noisy(1))
    first, second, last = sections(runtime, film)
    assert [len(each.done) for each in (first, second, last)] == [0, 36, 73]
    assert [len(each.open) for each in (first, second, last)] == [33, 33, 0]


def test_the_second_transformer_is_read_when_it_is_needed(runtime):
    assert runtime.models.variants == ["base"]
    sections(runtime, FilmRequest(SAMPLING, "forward", 1, noisy(1)))
    assert runtime.models.variants == ["base", "f1"]


def test_without_it_the_error_says_what_to_do(runtime, monkeypatch):
    monkeypatch.setattr("engines.framepack.models.is_there", lambda *_: False)
    with pytest.raises(EngineNotReady, match=r"transformer_f1.*or choose reverse"):
        sections(runtime, FilmRequest(SAMPLING, "forward", 1, noisy(1)))


def test_forward_cannot_end_in_a_picture(runtime):
    with pytest.raises(InvalidInput, match="end_image"):
        sections(runtime, FilmRequest(SAMPLING, "forward", 1, noisy(1), noisy(2)))


def test_a_damaged_state_is_refused(runtime):
    with pytest.raises(InvalidInput, match="state"):
        film_section(runtime, FilmRequest(SAMPLING, "reverse", 2, noisy(1)), 1, b"garbage", SamplingHooks())


def test_an_owner_stops_a_section(runtime):
    with pytest.raises(Stopped):
        film_section(
            runtime, FilmRequest(SAMPLING, "reverse", 1, noisy(1)), 0, None, SamplingHooks(should_stop=lambda: True)
        )


def test_seconds_are_sections():
    assert [sections_of(seconds) for seconds in (0.1, 1, 1.2, 5, 120)] == [1, 1, 1, 4, 100]


def test_sections_in_reverse_come_from_far_to_near():
    assert [padding_of(n, 7) for n in range(7)] == [3, 2, 2, 2, 2, 1, 0]
    assert [padding_of(n, 3) for n in range(3)] == [2, 1, 0]
    assert places_of("reverse", 2, 3).window == tuple(range(1, 10))
    assert places_of("forward", 0, 1).window == tuple(range(20, 29))
