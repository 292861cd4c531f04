"""The peak of a computation, with and without content: what is found by shapes alone is what really was held."""

import json

import pytest
import torch
from torch import nn

from engines.memory.live import SHAPES_ONLY, _Watch, instantiate, peak_bytes
from engines.memory.parts import weights_of
from engines.memory.table import PLACE, weights_table
from engines.memory.work import WORK

KIB = 1024
CHEAP = ("framepack.step 1216x704", "framepack.llama", "sd15.step 512, 16 rows", "stable.decode 512", "lama.fill 1024")


def test_a_chain_holds_two_links_at_once():
    module = instantiate(nn.Identity, torch.float32)

    def chain():
        with SHAPES_ONLY:
            value = torch.zeros(KIB, dtype=torch.float32)
        for _ in range(5):
            value = value + 1
        return value

    assert peak_bytes(module, chain) == 2 * 4 * KIB


def test_weights_and_their_views_are_not_work():
    module = instantiate(lambda: nn.Linear(KIB, KIB), torch.float32)
    with SHAPES_ONLY:
        row = torch.zeros(1, KIB)
    assert peak_bytes(module, lambda: module(row)) == 4 * KIB


def test_shapes_alone_find_what_a_real_run_holds():
    def network():
        return nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.SiLU(), nn.GroupNorm(4, 32), nn.Conv2d(32, 8, 3))

    module = instantiate(network, torch.float32)
    with SHAPES_ONLY:
        picture = torch.zeros(2, 3, 64, 64)
    found = peak_bytes(module, lambda: module(picture))
    real, content = network().eval(), torch.zeros(2, 3, 64, 64)
    watch = _Watch([*real.parameters(), content])
    with torch.inference_mode(), watch:
        real(content)
    assert found == watch.peak > 2 * 32 * 64 * 64 * 4


def test_weights_are_the_published_ones():
    # lllyasviel/FramePackI2V_HY, stable-diffusion-v1-5, Llama 3 without its head: counts that their pages tell
    for name, billions in (("framepack.transformer", 12.87), ("sd15.unet", 0.860), ("framepack.llama", 7.51)):
        assert weights_of(name, torch.bfloat16)[0] / 1e9 == pytest.approx(billions, rel=2e-3)


def test_the_table_is_what_the_code_computes():
    message = json.loads(PLACE.read_text())
    assert message["weights"] == weights_table()
    assert set(message["work"]) == set(WORK)
    for name in CHEAP:
        assert message["work"][name] == WORK[name](), name


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(WORK) - set(CHEAP)))
def test_the_rest_of_the_table_too(name):
    assert json.loads(PLACE.read_text())["work"][name] == WORK[name]()
