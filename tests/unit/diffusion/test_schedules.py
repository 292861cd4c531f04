"""Noise levels and their spacing."""

import pytest
import torch
from diffusers import EulerDiscreteScheduler

from engines.diffusion.noise import NoiseSource, initial_noise
from engines.diffusion.schedules import SCHEDULES, part_of, sigmas_for
from engines.diffusion.sigmas import ALWAYS, LEVELS

OPTIONS = {
    "normal": {"timestep_spacing": "linspace"},
    "karras": {"use_karras_sigmas": True},
    "exponential": {"use_exponential_sigmas": True},
    "simple": {"timestep_spacing": "trailing"},
    "ddim_uniform": {"timestep_spacing": "leading", "steps_offset": 1},
}


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.filterwarnings("ignore")
def test_spacing_is_that_of_diffusers_schedulers(name):
    scheduler = EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", **({"steps_offset": 1} | OPTIONS[name])
    )
    scheduler.set_timesteps(20)
    assert torch.allclose(SCHEDULES[name](20), scheduler.sigmas.float(), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 20, 999])
@pytest.mark.parametrize("name", SCHEDULES)
def test_sigmas_fall_to_zero(name, steps):
    sigmas = SCHEDULES[name](steps)
    assert sigmas[-1] == 0
    assert (sigmas[:-1] > 0).all()
    assert (sigmas.diff() < 0).all()
    assert float(sigmas[0]) <= float(LEVELS.largest) * 1.0001


@pytest.mark.parametrize("denoise", [0.05, 0.3, 0.5, 0.6, 0.75, 0.99, 1.0])
@pytest.mark.parametrize("name", sorted(set(SCHEDULES) - {"ddim_uniform", "beta"}))
def test_a_partial_denoise_runs_all_its_steps_from_a_lower_start(name, denoise):
    sigmas = sigmas_for(name, 6, denoise)
    assert len(sigmas) == 7
    assert torch.equal(sigmas, SCHEDULES[name](int(6 / denoise))[-7:])
    assert len(sigmas_for(name, 6, 0.0)) == 0


def test_some_samplers_pass_over_the_last_level_but_one():
    plain = SCHEDULES["karras"](6)
    assert torch.equal(sigmas_for("karras", 5, 1.0, "dpm_2"), torch.cat([plain[:5], plain[6:]]))
    assert len(sigmas_for("karras", 5, 0.5, "uni_pc")) == 6


def test_parts_of_a_schedule():
    sigmas = SCHEDULES["normal"](6)
    assert torch.equal(part_of(sigmas, 0, 10000, finish=True), sigmas)
    assert torch.equal(part_of(sigmas, 2, 10000, finish=False), sigmas[2:])
    left = part_of(sigmas, 1, 3, finish=False)
    assert torch.equal(left, sigmas[1:4])
    done = part_of(sigmas, 1, 3, finish=True)
    assert done[-1] == 0
    assert torch.equal(done[:-1], left[:-1])
    assert len(part_of(sigmas, 6, 10000, finish=True)) == 0
    assert len(part_of(sigmas, 5, 3, finish=True)) == 0
    assert sigmas[3] > 0


def test_timesteps_are_the_nearest_index():
    for step in (0, 1, 500, 998, 999):
        assert LEVELS.timestep(LEVELS.sigmas[step]) == step
        assert LEVELS.timestep(LEVELS.sigmas[step] * 1.0001) == step
    assert LEVELS.timestep(torch.tensor(100.0)) == 999
    assert LEVELS.timestep(torch.tensor(1e-9)) == 0


def test_shares_of_sampling():
    assert LEVELS.sigma_at(0.0) == ALWAYS
    assert LEVELS.sigma_at(1.0) == 0
    assert LEVELS.sigma_at(0.5) == pytest.approx(float(LEVELS.sigma(torch.tensor(499.5))))


def test_the_highest_level_keeps_the_variance_of_the_noisy_latent():
    latent, noise = torch.zeros(2), torch.ones(2)
    assert float(LEVELS.add_noise(latent, noise, LEVELS.largest)[0]) == pytest.approx(
        float((1 + LEVELS.largest**2).sqrt())
    )
    assert float(LEVELS.add_noise(latent, noise, LEVELS.sigmas[900])[0]) == float(LEVELS.sigmas[900])


def test_noise_of_a_batch_is_one_draw_and_can_be_picked_from():
    whole = initial_noise((3, 4, 8, 8), 5)
    assert torch.equal(initial_noise((3, 4, 8, 8), 5, (0, 1, 2)), whole)
    assert torch.equal(initial_noise((2, 4, 8, 8), 5, (2, 0)), whole[[2, 0]])
    assert torch.equal(NoiseSource(5).like(whole), whole)


def test_a_brownian_path_is_one_whatever_the_steps():
    sigmas = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.0])
    x = torch.zeros(1, 4, 8, 8)
    first, second = (NoiseSource(3).between(x, sigmas) for _ in range(2))
    long = first(sigmas[0], sigmas[2]) * (sigmas[0] - sigmas[2]).sqrt()
    parts = [second(a, b) * (a - b).sqrt() for a, b in ((sigmas[0], sigmas[1]), (sigmas[1], sigmas[2]))]
    assert torch.allclose(long, parts[0] + parts[1], atol=1e-4)
    assert float(first(sigmas[0], sigmas[1]).std()) == pytest.approx(1, abs=0.15)
