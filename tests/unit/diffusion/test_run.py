"""Runs alone and side by side."""

import pytest
import torch

from engines.batching.step_batcher import Stopped
from engines.diffusion.evaluate import evaluate, evaluate_all
from engines.diffusion.run import Guidance, Inpaint, solo
from tests.unit.diffusion.tiny import prompt, tiny_run


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_rows_of_different_requests_in_one_call_give_the_bits_of_solo_runs():
    makers = [
        lambda: tiny_run(1, "euler", 4),
        lambda: tiny_run(2, "euler_ancestral", 3, cfg=1.0),
        lambda: tiny_run(3, "ddpm", 6, cfg=4.0, batch=2),
        lambda: tiny_run(4, "lcm", 2),
    ]
    alone = [solo(make()) for make in makers]
    runs, calls = [make() for make in makers], 0
    while any(not run.done for run in runs):
        active = [run for run in runs if not run.done]
        requested = [run.rows() for run in active]
        rows = [row for some in requested for row in some]
        assert len({row.key for row in rows}) == 1
        answers = iter(evaluate(rows))
        calls += 1
        for run, some in zip(active, requested, strict=True):
            run.feed([next(answers) for _ in some])
    assert calls == 6
    for run, expected in zip(runs, alone, strict=True):
        assert torch.equal(run.result, expected)


def test_one_row_without_guidance_two_with_it():
    assert len(tiny_run(cfg=1.0).rows()) == 1
    assert len(tiny_run(cfg=7.0).rows()) == 2
    assert len(tiny_run(cfg=7.0, batch=3).rows()) == 6
    assert len(tiny_run(sampler="euler_cfg_pp", cfg=1.0).rows()) == 2


def test_contexts_of_different_length_are_repeated_to_a_common_one():
    run = tiny_run(guidance=Guidance([prompt(1, 154)], [prompt(2, 77)], 7.0))
    assert [row.context.shape[0] for row in run.rows()] == [154, 154]


def test_contexts_of_very_different_length_make_two_calls():
    run = tiny_run(guidance=Guidance([prompt(1, 77 * 5)], [prompt(2, 77 * 7)], 7.0))
    rows = run.rows()
    assert [row.context.shape[0] for row in rows] == [385, 539]
    assert len(evaluate_all(rows)) == 2


def test_steps_are_told_in_order():
    heard = []
    run = tiny_run(steps=4, on_step=lambda step, total, _: heard.append((step, total)))
    solo(run)
    assert heard == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_run_stops_between_two_steps():
    heard = []
    run = tiny_run(
        steps=5,
        on_step=lambda step, _total, _latent: heard.append(step),
        should_stop=lambda: len(heard) >= 2,
    )
    with pytest.raises(Stopped):
        solo(run)
    assert heard == [1, 2]


def test_outside_the_mask_the_latent_stays():
    mask = torch.zeros(1, 1, 8, 8)
    mask[..., :4] = 1
    latent = torch.full((1, 4, 8, 8), 0.7)
    run = tiny_run(latent=latent, inpaint=Inpaint(mask, torch.randn(1, 4, 8, 8)))
    result = solo(run)
    assert torch.allclose(result[..., 4:], latent[..., 4:], atol=1e-5)
    assert not torch.allclose(result[..., :4], latent[..., :4], atol=1e-2)


def test_no_sigmas_leave_the_latent_alone():
    run = tiny_run(sigmas=torch.zeros(0), latent=torch.ones(1, 4, 8, 8))
    assert run.done
    assert torch.equal(solo(run), torch.ones(1, 4, 8, 8))


def test_masked_prompts_speak_in_their_part_only():
    left = torch.zeros(1, 64, 64)
    left[..., :32] = 1
    from dataclasses import replace

    def run(second: int):
        halves = [replace(prompt(1), mask=left), replace(prompt(second), mask=1 - left)]
        return tiny_run(guidance=Guidance(halves, [prompt(9)], 3.0), steps=1)

    a, b = solo(run(5)), solo(run(6))
    assert torch.equal(a[..., :3], b[..., :3])
    assert not torch.allclose(a[..., 5:], b[..., 5:], atol=1e-3)


def test_a_prompt_bound_to_its_mask_asks_for_the_box_alone():
    from dataclasses import replace

    box = torch.zeros(1, 64, 64)
    box[:, 16:48, 8:40] = 1
    run = tiny_run(guidance=Guidance([prompt(1), replace(prompt(2), mask=box, to_bounds=True)], [prompt(9)], 3.0))
    shapes = [tuple(row.latent.shape) for row in run.rows()]
    assert shapes == [(4, 8, 8), (4, 4, 4), (4, 8, 8)]
    assert solo(run).shape == (1, 4, 8, 8)
