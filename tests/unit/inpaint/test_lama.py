"""LaMa's own module against the TorchScript that it takes its weights from."""

import shutil
import warnings

import numpy as np
import pytest
import torch

from engines.inpaint.iopaint import undisturbed
from engines.inpaint.models.ffc import Generator, Inpainting, generator_from
from engines.inpaint.models.loader import Speed, load_model
from engines.inpaint.options import FillOptions
from engines.inpaint.plan import Window
from scripts.lib.make_tiny_models import register
from scripts.lib.tiny_models.inpaint import write_lama
from tests.support.pictures import page

# of 255, on stand-ins whose random layers amplify every difference; docs/how-to/remove-text.md gives what was seen
MOST_BF16, MEAN_BF16 = 48, 1.0


def window(width=256, height=192, seed=0):
    rgb = np.asarray(page(width, height, seed))
    hole = np.zeros((height, width), np.uint8)
    hole[60:110, 80:180] = 255
    return Window((0, 0, width, height), rgb, hole, hole)


def tensors(each):
    image = torch.from_numpy(each.rgb.transpose(2, 0, 1).astype("float32") / 255)[None]
    return image, torch.from_numpy((each.hole > 0).astype("int64"))[None, None]


@pytest.fixture(scope="module", params=[(8, 2), (64, 18)], ids=["small", "published"])
def script(request, tmp_path_factory):
    """A TorchScript of LaMa; 64 and 18 are the published architecture."""
    path = tmp_path_factory.mktemp("lama") / "big-lama.pt"
    write_lama(path, *request.param)
    register([path.name], path.parent)
    with undisturbed():
        return path, torch.jit.load(str(path))


def test_32_bits_give_the_values_of_the_torchscript(script):
    _, theirs = script
    ours = Inpainting(generator_from(dict(theirs.state_dict())))
    small = window(128, 96)
    with undisturbed(), torch.inference_mode():
        assert torch.equal(ours(*tensors(small)), theirs(*tensors(small)))


def test_the_published_architecture_has_its_number_of_parameters():
    with torch.device("meta"):
        count = sum(p.numel() for p in Generator().parameters())
    assert round(count / 1e6, 2) == 50.98


def test_half_the_bits_stay_near(script):
    path, _ = script
    exact, fast = (load_model("lama", path.parent, speed=Speed(p)) for p in ("fp32", "bf16"))
    one = window(128, 96)
    (a,), (b,) = (filler.fill([one], FillOptions(model="lama")) for filler in (exact, fast))
    hole = one.hole > 0
    apart = np.abs(a[hole].astype(int) - b[hole])
    print(f"bf16 against fp32: largest {apart.max()}, mean {apart.mean():.3f} of 255")
    assert apart.max() <= MOST_BF16
    assert apart.mean() <= MEAN_BF16
    assert np.array_equal(b[~hole], one.rgb[~hole])


def test_a_batch_gives_what_its_windows_give_alone(weights):
    filler = load_model("lama", weights, speed=Speed("fp32"))
    windows = [window(seed=1), window(128, 64 + 5), window(seed=2)]
    alone = filler.fill(windows, FillOptions(model="lama"))
    together = [*filler.batch([windows[0], windows[2]]), *filler.batch([windows[1]])]
    for each, one, filled in zip(windows, alone, (together[0], together[2], together[1]), strict=True):
        assert filled.shape == one.shape == each.rgb.shape
        assert np.abs(one.astype(int) - filled).max() <= 1


@pytest.mark.slow
def test_compiled_it_gives_what_it_gives_uncompiled(weights):
    if shutil.which("g++") is None:
        pytest.skip("torch.compile needs a C++ compiler on a CPU")
    plain, compiled = (load_model("lama", weights, speed=Speed("fp32", compiled=each)) for each in (False, True))
    windows = [window(64, 64), window(64, 128)]
    with warnings.catch_warnings():
        # the compiler has opinions on complex numbers that nobody here can act on
        warnings.simplefilter("ignore")
        after = compiled.fill(windows, FillOptions(model="lama"))
    for one, other in zip(plain.fill(windows, FillOptions(model="lama")), after, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_other_weights_are_not_taken_for_lama():
    with pytest.raises(ValueError, match="not of a LaMa"):
        generator_from({"conv.weight": torch.zeros(1)})
    state = {f"model.{k}": v for k, v in Generator(8, 2).state_dict().items()}
    state.pop("model.model.5.conv1.ffc.convl2l.weight")
    with pytest.raises(ValueError, match="another LaMa"):
        generator_from(state)
