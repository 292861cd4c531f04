import numpy as np
import pytest

from engines.framepack.schedule import shift_of, sigmas, tokens_of


def test_the_shift_follows_the_tokens_up_to_its_bound():
    assert tokens_of(1216, 704) == 3344
    assert shift_of(3344) == pytest.approx(2.78, abs=0.005)
    assert shift_of(256) == pytest.approx(np.exp(0.5))
    assert shift_of(tokens_of(640, 608, 9)) == 7.0


def test_levels_fall_from_the_strength_to_nothing():
    levels = sigmas(30, 2.78)
    assert (len(levels), levels[0], levels[-1]) == (31, 1.0, 0.0)
    assert np.all(np.diff(levels) < 0)
    assert np.allclose(sigmas(30, 2.78, 0.7), 0.7 * levels)
