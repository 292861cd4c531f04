"""Our forward beside that of diffusers, on the same weights."""

import pytest
import torch
from diffusers import HunyuanVideoFramepackTransformer3DModel

from engines.framepack.models import prepare
from engines.framepack.transformer import Condition, Frames, OneFrameTransformer
from scripts.lib.tiny_models.framepack import TRANSFORMER, make_transformer
from tests.unit.framepack.engine.conftest import CPU

HEIGHT, WIDTH = 22, 38


@pytest.fixture(scope="module")
def theirs():
    return make_transformer(1)


@pytest.fixture(scope="module")
def ours(theirs):
    result = OneFrameTransformer(**TRANSFORMER)
    result.load_state_dict(theirs.state_dict())
    return result.eval().by_row()


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)))


def latents(rows, frames):
    return noise(rows, 16, frames, HEIGHT, WIDTH)


def condition(lengths):
    rows = len(lengths)
    return Condition(noise(rows, 256, 32), lengths, noise(rows, 16), noise(rows, 16, 32), torch.full((rows,), 1e4))


def indices(*values):
    return torch.tensor(values, dtype=torch.float32)


HISTORIES = (indices(0, 10), indices(11, 12), indices(*range(13, 29)))


def given(rows, places=HISTORIES):
    return [Frames(latents(rows, place.shape[-1]), place) for place in places]


def stock(model, x, at, steered, frames):
    mask = torch.zeros(len(x), 256)
    for row, length in enumerate(steered.lengths):
        mask[row, :length] = 1
    histories = [part for each in frames for part in (each.latents, each.indices)]
    with torch.inference_mode():
        times = torch.full((len(x),), 700.0)
        words = (steered.text, mask, steered.pooled, steered.image)
        return model(x, times, *words, at, steered.guidance, *histories, return_dict=False)[0]


def own(model, x, at, steered, frames):
    with torch.inference_mode():
        return model(x, at, torch.full((len(x),), 700.0), steered, frames)


@pytest.mark.parametrize(("frames", "length"), [(1, 20), (1, 256), (9, 31)])
def test_the_answer_is_that_of_diffusers_to_the_bit(theirs, ours, frames, length):
    x, at, steered = latents(1, frames), indices(*range(1, frames + 1)), condition([length])
    expected = stock(theirs, x, at, steered, given(1))
    assert torch.equal(own(ours, x, at, steered, given(1)), expected)
    # told row by row, and by the class that diffusers' own pipeline would use
    rows = [Frames(each.latents, each.indices[None]) for each in given(1)]
    assert torch.equal(own(ours, x, at[None], steered, rows), expected)
    assert float(expected.std()) > 0.1


@pytest.mark.parametrize("lengths", [(20, 20, 20), (20, 30, 11)])
def test_rows_with_masks_or_without_are_those_of_diffusers(theirs, ours, lengths):
    x, steered = latents(3, 1), condition(list(lengths))
    expected = stock(theirs, x, indices(9), steered, given(3))
    assert torch.allclose(own(ours, x, indices(9), steered, given(3)), expected, atol=5e-6, rtol=0)


def test_a_forward_of_rows_at_different_times_is_one_by_one(ours):
    x, steered = latents(5, 1), condition([20] * 5)
    swept = indices(1, 5, 9, 13, 40)[:, None]
    together = own(ours, x, swept, steered, given(5))
    for row in range(5):
        alone = Condition(*(part[row : row + 1] for part in (steered.text, [20] * 5, *_rest(steered))))
        frames = [Frames(each.latents[row : row + 1], each.indices) for each in given(5)]
        one = own(ours, x[row : row + 1], swept[row], alone, frames)[0]
        assert torch.allclose(together[row], one, atol=5e-6, rtol=0)


def _rest(steered):
    return steered.pooled, steered.image, steered.guidance


def test_time_changes_the_answer(ours):
    x, steered = latents(1, 1), condition([20])
    near, far = (own(ours, x, indices(place), steered, given(1)) for place in (1, 40))
    assert float((near - far).abs().max()) > 1e-2


def test_histories_may_be_missing_where_diffusers_fails(theirs, ours):
    x, steered = latents(1, 1), condition([20])
    clean = given(1)[0]
    with pytest.raises(UnboundLocalError):
        stock(theirs, x, indices(9), steered, [clean, Frames(None, None), Frames(None, None)])
    lone = own(ours, x, indices(9), steered, [clean, None, None])
    half = own(ours, x, indices(9), steered, [clean, given(1)[1], None])
    assert lone.shape == x.shape
    assert not torch.equal(lone, half)


def test_on_a_cpu_a_row_has_the_bits_it_has_alone(theirs):
    model = OneFrameTransformer(**TRANSFORMER)
    model.load_state_dict(theirs.state_dict())
    model = prepare(model.eval().by_row(), CPU)
    x, steered = latents(4, 1), condition([20] * 4)
    together = own(model, x, indices(9), steered, given(4))
    for row in range(4):
        alone = Condition(*(part[row : row + 1] for part in (steered.text, [20] * 4, *_rest(steered))))
        frames = [Frames(each.latents[row : row + 1], each.indices) for each in given(4)]
        assert torch.equal(own(model, x[row : row + 1], indices(9), alone, frames)[0], together[row])


def test_blocks_can_be_compiled_one_by_one():
    assert not HunyuanVideoFramepackTransformer3DModel._repeated_blocks
    names = {type(block).__name__ for block in OneFrameTransformer(**TRANSFORMER).transformer_blocks}
    assert names <= set(OneFrameTransformer._repeated_blocks)
