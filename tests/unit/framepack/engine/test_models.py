"""Weights where a memory mode has them."""

import threading

import pytest
import torch

from engines.framepack.feature_cache import FeatureCache
from engines.framepack.models import FramePackModels, WeightPlacement, is_there
from engines.framepack.painter import noise_of
from engines.framepack.requests import SamplingRequest
from engines.framepack.runtime import open_runtime
from engines.framepack.text import TextEncoder
from foundation.errors import EngineNotReady
from tests.unit.framepack.engine.painting import latent_of, picture


def stored_bytes(module):
    return sum(each.nelement() * each.element_size() for each in module.parameters())


def test_without_weights_the_error_says_where_they_belong(tmp_path):
    with pytest.raises(EngineNotReady, match="framepack below MODEL_DIR"):
        FramePackModels(tmp_path, WeightPlacement(torch.device("cpu")))
    assert not is_there(tmp_path)


def test_eight_bits_store_the_transformer_in_less_and_change_the_picture_little(runtime, framepack_folder, lora_folder):
    place = WeightPlacement(torch.device("cpu"), fp8=True)
    small = open_runtime(framepack_folder, lora_folder, place)
    try:
        plain, stored = (stored_bytes(each.models.transformer("base")) for each in (runtime, small))
        assert stored < 0.8 * plain
        whole, rounded = latent_of(runtime, picture()), latent_of(small, picture())
    finally:
        small.close()
    assert 0 < float((whole - rounded).abs().mean()) < 0.2 * float(whole.abs().mean())


def test_half_precision_changes_the_picture_little(runtime, framepack_folder, lora_folder):
    half = open_runtime(framepack_folder, lora_folder, WeightPlacement(torch.device("cpu"), torch.bfloat16))
    try:
        whole, rounded = latent_of(runtime, picture()), latent_of(half, picture())
    finally:
        half.close()
    assert 0 < float((whole - rounded).abs().mean()) < 0.2 * float(whole.abs().mean())


class Watched:
    """Where a part was sent, in order."""

    def __init__(self, part, monkeypatch):
        self.places = []
        monkeypatch.setattr(part, "to", lambda place: self.places.append(str(place)) or part)


def test_lean_parts_come_for_their_work_and_leave(framepack_folder, monkeypatch):
    models = FramePackModels(framepack_folder, WeightPlacement(torch.device("cpu"), memory="lean"))
    models.place = WeightPlacement(torch.device("meta"), memory="lean")
    text, vae = (Watched(part, monkeypatch) for part in (models.pipeline.text_encoder, models.pipeline.vae))
    with models.beside(models.pipeline.text_encoder):
        assert text.places == ["meta"]
    assert text.places == ["meta", "cpu"]
    assert vae.places == []


def test_parts_leave_after_an_error_too(framepack_folder, monkeypatch):
    models = FramePackModels(framepack_folder, WeightPlacement(torch.device("cpu"), memory="lean"))
    text = Watched(models.pipeline.text_encoder, monkeypatch)
    with pytest.raises(RuntimeError, match="mine"), models.beside(models.pipeline.text_encoder):
        raise RuntimeError("mine")
    assert text.places[-1] == "cpu"


def test_a_prompt_is_read_once(framepack_models, monkeypatch):
    text_encoder, encoded = TextEncoder(framepack_models), []
    encode = framepack_models.pipeline.encode_prompt
    monkeypatch.setattr(
        framepack_models.pipeline, "encode_prompt", lambda *a, **k: encoded.append(a) or encode(*a, **k)
    )
    words = [text_encoder.read(prompt) for prompt in ("a cat", "a dog", "a cat")]
    assert words[0] is words[2]
    assert len(encoded) == 2
    assert not torch.equal(words[0].text, words[1].text)
    assert words[0].length < 20
    assert text_encoder.read("word " * 2000).length == 256


def test_what_is_kept_of_prompts_and_pictures_is_bound_in_bytes(framepack_models):
    text_encoder = TextEncoder(framepack_models)
    one = text_encoder.read("a cat")
    assert text_encoder.known.nbytes == one.nbytes == one.text.nbytes + one.pooled.nbytes
    retained = FeatureCache(3 * one.nbytes)
    for n in range(9):
        retained.get(n, lambda: one)
        assert retained.nbytes <= 3 * one.nbytes
    results = []
    for key in (8, 0):
        retained.get(key, lambda key=key: results.append(key) or one)
    assert results == [0]
    assert FeatureCache(1).get("large", lambda: one) is one


def test_a_transformer_that_is_there_does_not_wait_for_one_that_is_read(framepack_folder):
    models, found = FramePackModels(framepack_folder, WeightPlacement(torch.device("cpu"))), []
    with models._reading:
        asking = threading.Thread(target=lambda: found.append(models.transformer("base")))
        asking.start()
        asking.join(30)
        assert found


def test_braces_in_a_prompt_are_words(framepack_models):
    assert TextEncoder(framepack_models).read("{0} {name} {").length > 5


def test_noise_is_a_seeds_own_whatever_the_draw():
    sampling = SamplingRequest("a", 32, 32, 2**63 - 1)
    first, second = noise_of(sampling, 9), noise_of(sampling, 9, 1)
    generator = torch.Generator().manual_seed(2**63 - 1)
    assert torch.equal(first[None], torch.randn(1, 16, 9, 4, 4, generator=generator))
    assert torch.equal(second[None], torch.randn(1, 16, 9, 4, 4, generator=generator))
