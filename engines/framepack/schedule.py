"""Noise levels: from 1 to 0, shifted towards noise by the number of tokens.

Source: lllyasviel/FramePack (the shift of Flux with an upper bound of 7).
"""

import math

import numpy as np

LEAST_TOKENS, LEAST_SHIFT = 256, 0.5
SLOPE = (1.15 - LEAST_SHIFT) / (4096 - LEAST_TOKENS)
LARGEST_SHIFT = 7.0


def tokens_of(width: int, height: int, frames: int = 1) -> int:
    """Tokens of latent frames: one for 16x16 pixels."""
    return width * height * frames // 256


def shift_of(tokens: int) -> float:
    """How far levels are moved: e^mu, at most 7. At 1216x704 it is 2.78."""
    return min(math.exp(LEAST_SHIFT + (tokens - LEAST_TOKENS) * SLOPE), LARGEST_SHIFT)


def sigmas(steps: int, shift: float, strength: float = 1.0) -> np.ndarray:
    """``steps + 1`` levels, the last 0. ``strength`` scales all of them: sampling starts nearer to its input."""
    times = np.linspace(1.0, 0.0, steps + 1)
    return strength * shift * times / (1.0 + (shift - 1.0) * times)
