"""LoRAs at work: exact whatever their layout, of effect, and gone without a trace."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import torch
from diffusers.loaders.lora_conversion_utils import _convert_hunyuan_video_lora_to_diffusers
from safetensors.torch import save_file

from engines.framepack.layouts import layout_of
from engines.framepack.lora_files import match, targets_in
from engines.framepack.lora_names import DOUBLE, SINGLE
from engines.framepack.models import WeightPlacement
from engines.framepack.painter import paint
from engines.framepack.requests import PictureRequest, SamplingHooks
from engines.framepack.runtime import open_runtime
from foundation.errors import InvalidInput
from tests.unit.framepack.engine.painting import SAMPLING, latent_of, together

RANK = 4
LAYERS = {
    "transformer_blocks.0.attn.to_q": (32, 32),
    "transformer_blocks.1.ff.net.0.proj": (32, 128),
    "single_transformer_blocks.0.proj_out": (160, 32),
}


def parts(seed=0, layers=LAYERS):
    """Down and up of each layer."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: (torch.randn(RANK, inputs, generator=generator), torch.randn(outputs, RANK, generator=generator) * 0.3)
        for name, (inputs, outputs) in layers.items()
    }


def peft(found, prefix="transformer."):
    return {
        f"{prefix}{name}.lora_{letter}.weight": value
        for name, both in found.items()
        for letter, value in zip("AB", both, strict=True)
    }


def kohya(found, alpha=2.0):
    tensors = {}
    for name, (down, up) in found.items():
        layer = "lora_unet_" + name.replace(".", "_")
        tensors |= {f"{layer}.lora_down.weight": down, f"{layer}.lora_up.weight": up}
        tensors[f"{layer}.alpha"] = torch.tensor(alpha)
    return tensors


def with_loras(*loras, **changes):
    return PictureRequest(replace(SAMPLING, loras=loras, **changes), layout_of("eichi"))


@pytest.fixture
def saved(lora_folder):
    def save(name, tensors):
        path = lora_folder / name
        path.parent.mkdir(exist_ok=True)
        save_file({key: value.contiguous() for key, value in tensors.items()}, path)
        return name

    return save


def test_kohya_and_diffusers_layouts_are_one(runtime, saved):
    found = parts()
    scaled = {name: (down, up * (2.0 / RANK)) for name, (down, up) in found.items()}
    names = [
        saved("peft.safetensors", peft(scaled)),
        saved("kohya.safetensors", kohya(found)),
        saved("deep/bare.safetensors", peft(scaled, prefix="")),
        saved("comfy.safetensors", peft(scaled, prefix="diffusion_model.")),
    ]
    results = [latent_of(runtime, with_loras((name, 1.0))) for name in names]
    assert all(torch.equal(each, results[0]) for each in results)
    assert not torch.equal(results[0], latent_of(runtime, with_loras()))


def test_the_scale_counts_and_zero_is_none(runtime, saved):
    name = saved("a.safetensors", peft(parts()))
    plain, zero, little, full = (
        latent_of(runtime, with_loras(*loras)) for loras in ((), ((name, 0.0),), ((name, 0.1),), ((name, 1.0),))
    )
    assert torch.equal(zero, plain)
    assert float((little - plain).abs().mean()) < float((full - plain).abs().mean())


def test_several_in_any_order(runtime, saved):
    one, two = saved("one.safetensors", peft(parts(1))), saved("two.safetensors", kohya(parts(2)))
    both = latent_of(runtime, with_loras((one, 0.5), (two, 0.25)))
    assert torch.allclose(latent_of(runtime, with_loras((two, 0.25), (one, 0.5))), both, atol=1e-5)
    assert not torch.allclose(latent_of(runtime, with_loras((one, 0.5))), both, atol=1e-4)


def test_after_use_nothing_is_left(runtime, saved):
    name = saved("a.safetensors", peft(parts()))
    before = latent_of(runtime, with_loras())
    weights = {key: value.clone() for key, value in runtime.models.transformer("base").state_dict().items()}
    latent_of(runtime, with_loras((name, 1.0)))
    after = runtime.models.transformer("base").state_dict()
    assert runtime.loras.loaded == []
    assert after.keys() == weights.keys()
    assert all(torch.equal(after[key], weights[key]) for key in weights)
    assert torch.equal(latent_of(runtime, with_loras()), before)


def test_pictures_with_different_sets_at_once_are_as_alone(runtime, saved):
    one, two = saved("one.safetensors", peft(parts(1))), saved("two.safetensors", peft(parts(2)))
    sets = [(), ((one, 1.0),), ((two, 1.0),), ((one, 0.5), (two, 0.5)), ((one, 0.5),), ()]
    pictures = [with_loras(*loras, batch_size=4) for loras in sets]
    alone = [latent_of(runtime, each) for each in pictures]
    assert all(torch.equal(*pair) for pair in zip(together(runtime, pictures), alone, strict=True))
    assert runtime.loras.loaded == []


def test_the_same_set_shares_calls(runtime, saved):
    name = saved("a.safetensors", peft(parts()))
    together(runtime, [with_loras((name, 1.0), seed=seed, batch_size=4) for seed in range(4)])
    assert runtime.batcher.counts.calls < runtime.batcher.counts.rows == 12


def test_a_load_that_fails_leaves_nothing_and_the_next_one_works(runtime, saved, monkeypatch):
    one, two = saved("one.safetensors", peft(parts(1))), saved("two.safetensors", peft(parts(2)))
    plain, both = latent_of(runtime, with_loras()), latent_of(runtime, with_loras((one, 1.0), (two, 1.0)))
    put = runtime.loras._put

    def full(transformer, adapter, layers):
        put(transformer, adapter, layers)
        if len(transformer.peft_config) == 2:
            raise torch.OutOfMemoryError("the device is full")

    with monkeypatch.context() as patch:
        patch.setattr(runtime.loras, "_put", full)
        with pytest.raises(torch.OutOfMemoryError):
            paint(runtime, with_loras((one, 1.0), (two, 1.0)), SamplingHooks())
    assert runtime.loras.loaded == []
    assert not hasattr(runtime.models.transformer("base"), "peft_config")
    assert torch.equal(latent_of(runtime, with_loras()), plain)
    assert torch.equal(latent_of(runtime, with_loras((one, 1.0), (two, 1.0))), both)


def test_files_are_matched_while_others_are_at_work(runtime, saved):
    """Looking at a model whose layers are being wrapped or unwrapped finds no half of it."""
    names = [saved(f"{n}.safetensors", peft(parts(n))) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        painted = [pool.submit(latent_of, runtime, with_loras((name, 1.0))) for name in names]
        while not all(each.done() for each in painted):
            assert runtime.loras.match(names[0], "base").keys == 6
            assert set(runtime.loras.loaded) <= set(names)
    assert len({each.result().numpy().tobytes() for each in painted}) == 4


def test_a_file_that_is_swapped_in_use_counts_for_the_next(runtime, saved):
    name = saved("a.safetensors", peft(parts(1)))
    old = latent_of(runtime, with_loras((name, 1.0)))
    with runtime.loras.held("base", ((name, 1.0),)):
        saved("a.safetensors", peft(parts(2)))
        assert torch.equal(latent_of(runtime, with_loras((name, 1.0))), old)
    assert not torch.equal(latent_of(runtime, with_loras((name, 1.0))), old)


def test_a_model_in_8_bits_takes_the_file_s_own_numbers(saved, framepack_folder, lora_folder):
    name = saved("a.safetensors", peft(parts()))
    small = open_runtime(framepack_folder, lora_folder, WeightPlacement(torch.device("cpu"), fp8=True))
    try:
        plain, changed = latent_of(small, with_loras()), latent_of(small, with_loras((name, 1.0)))
        with small.loras.held("base", ((name, 1.0),)):
            held = dict(small.models.transformer("base").named_parameters())
        numbers = next(value for path, value in held.items() if "blocks.0.attn.to_q.lora_A" in path)
        assert torch.equal(numbers, parts()["transformer_blocks.0.attn.to_q"][0])
        assert torch.equal(latent_of(small, with_loras()), plain)
    finally:
        small.close()
    assert not torch.equal(changed, plain)


def test_blocks_that_come_one_by_one_bring_their_loras(runtime, saved):
    name = saved("a.safetensors", peft(parts()))
    plain, expected = latent_of(runtime, with_loras()), latent_of(runtime, with_loras((name, 1.0)))
    cpu = torch.device("cpu")
    runtime.models.transformer("base").enable_group_offload(cpu, cpu, "block_level", num_blocks_per_group=1)
    assert torch.equal(latent_of(runtime, with_loras((name, 1.0))), expected)
    assert torch.equal(latent_of(runtime, with_loras()), plain)


@pytest.mark.parametrize(
    ("name", "tensors", "counted"),
    [
        ("sd.safetensors", {"lora_unet_down_blocks_0_attn.lora_down.weight": torch.zeros(4, 320)}, "0 of 1"),
        ("odd.safetensors", peft(parts()) | {"transformer.nowhere.lora_A.weight": torch.zeros(4, 4)}, "6 of 7"),
        ("shape.safetensors", peft({"proj_out": (torch.zeros(4, 99), torch.zeros(64, 4))}), "0 of 2"),
        ("half.safetensors", {"transformer.proj_out.lora_A.weight": torch.zeros(4, 32)}, "0 of 1"),
        ("none.safetensors", {"weight": torch.zeros(1)}, "0 of 1"),
        ("empty.safetensors", peft({"proj_out": (torch.zeros(0, 32), torch.zeros(64, 0))}), "0 of 2"),
        ("whole.safetensors", peft({"proj_out": (torch.zeros(4, 32).int(), torch.zeros(64, 4).int())}), "0 of 2"),
        ("alphas.safetensors", kohya({"proj_out": (torch.zeros(4, 32), torch.zeros(64, 4))}, [1.0, 2.0]), "0 of 3"),
    ],
)
def test_files_that_do_not_fit_say_how_many_keys_do(runtime, saved, name, tensors, counted):
    before = latent_of(runtime, with_loras())
    with pytest.raises(InvalidInput, match=rf"lora_paths: {counted} keys of {re.escape(name)} match"):
        paint(runtime, with_loras((saved(name, tensors), 1.0)), SamplingHooks())
    assert torch.equal(latent_of(runtime, with_loras()), before)


@pytest.mark.parametrize("name", ["../secret.safetensors", "a.bin", "missing.safetensors", "link.safetensors"])
def test_no_other_file_of_the_machine_is_read(runtime, lora_folder, tmp_path, name):
    save_file(peft(parts()), tmp_path / "secret.safetensors")
    (lora_folder / "a.bin").write_bytes((tmp_path / "secret.safetensors").read_bytes())
    (lora_folder / "link.safetensors").symlink_to(tmp_path / "secret.safetensors")
    with pytest.raises(InvalidInput, match="lora_paths: there is no LoRA"):
        paint(runtime, with_loras((name, 1.0)), SamplingHooks())


def test_a_file_that_is_far_too_large_is_not_read(runtime, saved, monkeypatch):
    name = saved("a.safetensors", peft(parts()))
    monkeypatch.setattr("engines.framepack.lora_files.LARGEST_BYTES", 100)
    with pytest.raises(InvalidInput, match=r"lora_paths: a\.safetensors has more than"):
        paint(runtime, with_loras((name, 1.0)), SamplingHooks())


def test_a_broken_file_is_told(runtime, lora_folder):
    (lora_folder / "broken.safetensors").write_bytes(b"PK\x03\x04 no safetensors")
    with pytest.raises(InvalidInput, match="cannot be read"):
        paint(runtime, with_loras(("broken.safetensors", 1.0)), SamplingHooks())


class Wide(torch.nn.Module):
    """The linear layers of one double and one single block at their real width, without weights."""

    def __init__(self):
        super().__init__()
        with torch.device("meta"):
            outputs = {"img_mlp.fc1": 12288, "txt_mlp.fc1": 12288, "img_mod.linear": 18432, "txt_mod.linear": 18432}
            inputs = {"img_mlp.fc2": 12288, "txt_mlp.fc2": 12288}
            for layer, names in DOUBLE.items():
                for name in names:
                    self._put(f"transformer_blocks.0.{name}", inputs.get(layer, 3072), outputs.get(layer, 3072))
            for name in SINGLE["linear1"]:
                self._put(f"single_transformer_blocks.0.{name}", 3072, 12288 if name == "proj_mlp" else 3072)
            self._put("single_transformer_blocks.0.proj_out", 15360, 3072)
            self._put("single_transformer_blocks.0.norm.linear", 3072, 9216)

    def _put(self, name, inputs, outputs):
        *path, last = name.split(".")
        at = self
        for part in path:
            if not hasattr(at, part):
                at.add_module(part, torch.nn.Module())
            at = getattr(at, part)
        at.add_module(last, torch.nn.Linear(inputs, outputs))


ORIGINALS = {
    **{f"double_blocks.0.{name}": (3072, 3072) for name in ("img_attn_proj", "txt_attn_proj")},
    **{f"double_blocks.0.{name}": (3072, 9216) for name in ("img_attn_qkv", "txt_attn_qkv")},
    **{f"double_blocks.0.{name}": (3072, 18432) for name in ("img_mod.linear", "txt_mod.linear")},
    **{f"double_blocks.0.{name}": (3072, 12288) for name in ("img_mlp.fc1", "txt_mlp.fc1")},
    **{f"double_blocks.0.{name}": (12288, 3072) for name in ("img_mlp.fc2", "txt_mlp.fc2")},
    "single_blocks.0.linear1": (3072, 21504),
    "single_blocks.0.linear2": (15360, 3072),
    "single_blocks.0.modulation.linear": (3072, 9216),
}


@pytest.mark.parametrize("layout", [peft, kohya])
def test_files_of_hunyuan_video_become_what_diffusers_makes_of_them(layout):
    found = parts(layers=ORIGINALS)
    tensors = layout(found) if layout is peft else layout(found, alpha=float(RANK))
    expected = _convert_hunyuan_video_lora_to_diffusers(peft(found))
    options = {f"transformer.{key}": value for key, value in match("a", tensors, targets_in(Wide())).layers.items()}
    assert options.keys() == expected.keys()
    assert all(torch.equal(options[key], expected[key]) for key in expected)
