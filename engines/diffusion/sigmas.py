"""Noise levels of the 1000-step scaled-linear diffusion that SD 1.5 and SDXL were trained on.

Everything is in sigma space: a noisy latent is ``latent + noise * sigma``.
"""

import torch
from torch import Tensor

TRAIN_STEPS = 1000
BETA_START, BETA_END = 0.00085, 0.012
ALWAYS = float("inf")


class NoiseLevels:
    """The model's own table: ``sigmas`` is float32 of 1000 values, rising."""

    def __init__(self) -> None:
        betas = torch.linspace(BETA_START**0.5, BETA_END**0.5, TRAIN_STEPS, dtype=torch.float64) ** 2
        signal = torch.cumprod(1 - betas, dim=0)
        self.sigmas = ((1 - signal) / signal).sqrt().float()
        self.log_sigmas = self.sigmas.log()

    @property
    def smallest(self) -> Tensor:
        """The least noise, of timestep 0."""
        return self.sigmas[0]

    @property
    def largest(self) -> Tensor:
        """The most noise, of timestep 999."""
        return self.sigmas[-1]

    def timestep(self, sigma: Tensor) -> int:
        """The step whose log-sigma lies nearest; float32 on both sides, or ties fall the other way."""
        distances = (sigma.cpu().float().log() - self.log_sigmas).abs()
        return int(distances.argmin())

    def sigma(self, timestep: Tensor) -> Tensor:
        """Sigmas of fractional timesteps, 0 to 999, by interpolation of the logarithm."""
        t = timestep.float().clamp(0, TRAIN_STEPS - 1)
        low = t.floor().long()
        share = t.frac()
        logs = (1 - share) * self.log_sigmas[low] + share * self.log_sigmas[t.ceil().long()]
        return logs.exp()

    def sigma_at(self, percent: float) -> float:
        """The sigma after this share of sampling, 0 to 1: 0 is above every sigma, 1 is 0."""
        if percent <= 0:
            return ALWAYS
        if percent >= 1:
            return 0.0
        return float(self.sigma(torch.tensor((1 - percent) * (TRAIN_STEPS - 1))))

    def add_noise(self, latent: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
        """The start of sampling. At the largest sigma the noise has the variance of the noisy latent itself."""
        largest = float(self.largest)
        if abs(float(sigma) - largest) / largest <= 1e-5 or float(sigma) > largest:
            return latent + noise * (1 + sigma**2).sqrt()
        return latent + noise * sigma


LEVELS = NoiseLevels()
