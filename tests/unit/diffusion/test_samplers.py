"""What holds for every sampler."""

import pytest
import torch

from engines.diffusion.noise import NoiseSource, initial_noise
from engines.diffusion.run import solo
from engines.diffusion.samplers import SAMPLERS, Query
from engines.diffusion.schedules import karras, sigmas_for
from tests.unit.diffusion.tiny import tiny_run

SHAPE = (1, 4, 8, 8)
NOISY = ("ancestral", "sde", "lcm", "ddpm", "seeds", "sa_solver")
# without the two that choose their own steps
DETERMINISTIC = [
    name for name in SAMPLERS if not any(word in name for word in NOISY) and name not in {"dpm_fast", "dpm_adaptive"}
]


def drive(name, sigmas, clean, seed=3, noise_seed=None):
    """Sample against a model that always knows the clean latent: a function of x and sigma."""
    x = initial_noise(SHAPE, seed) * sigmas[0]
    sampling = SAMPLERS[name](x, sigmas, NoiseSource(seed if noise_seed is None else noise_seed))
    requested = []
    query = next(sampling)
    while True:
        assert isinstance(query, Query)
        assert query.x.shape == torch.Size(SHAPE)
        assert torch.isfinite(query.x).all()
        requested.append(float(query.sigma))
        answer = clean(query.x, query.sigma)
        try:
            query = sampling.send(torch.stack([answer, answer]) if query.split else answer)
        except StopIteration as end:
            return end.value, requested


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_known_clean_latent_is_reached(name):
    target = initial_noise(SHAPE, 9)
    result, requested = drive(name, karras(12), lambda x, sigma: target)
    assert torch.allclose(result, target, atol=0.15)
    assert len(requested) >= 11


@pytest.mark.parametrize("name", sorted(set(SAMPLERS) - {"lcm"}))
def test_a_gaussian_is_sampled_with_its_spread(name):
    """For data of variance 0.25 the clean latent is x·0.25/(0.25+sigma²); all samplers must end with that spread."""
    result, _ = drive(name, karras(40), lambda x, sigma: x * (0.25 / (0.25 + sigma**2)))
    assert float(result.std()) == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_more_steps_come_closer_to_the_truth(name):
    """A smooth model: the end after very many steps is the truth."""

    def model(x, sigma):
        return x * (0.25 / (0.25 + sigma**2))

    exact, _ = drive("heun", karras(300), model)
    few, _ = drive(name, karras(8), model)
    many, _ = drive(name, karras(64), model)
    assert (many - exact).abs().max() < (few - exact).abs().max() + 1e-4


@pytest.mark.parametrize("name", SAMPLERS)
def test_same_seed_same_bits_through_the_unet(name):
    sigmas = sigmas_for("karras", 3, 1.0, name)
    first, second = (solo(tiny_run(5, name, cfg=2.0, sigmas=sigmas)) for _ in range(2))
    assert torch.isfinite(first).all()
    assert torch.equal(first, second)


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("name", SAMPLERS)
def test_very_few_steps_are_fine(name, steps):
    sigmas = sigmas_for("normal", steps, 1.0, name)
    result, _ = drive(name, sigmas, lambda x, sigma: x * (0.25 / (0.25 + sigma**2)))
    assert torch.isfinite(result).all()


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_schedule_that_does_not_end_in_zero_leaves_noise(name):
    sigmas = karras(8)[:5]
    result, _ = drive(name, sigmas, lambda x, sigma: torch.zeros_like(x))
    assert torch.isfinite(result).all()
    assert float(result.std()) == pytest.approx(float(sigmas[-1]), rel=0.35)


@pytest.mark.parametrize("name", ["euler_ancestral", "dpmpp_sde", "dpmpp_3m_sde", "lcm", "ddpm", "seeds_3", "er_sde"])
def test_samplers_that_add_noise_change_with_the_seed(name):
    first, second = (drive(name, karras(4), lambda x, sigma: x / (1 + sigma**2), noise_seed=seed)[0] for seed in (1, 2))
    assert not torch.equal(first, second)
