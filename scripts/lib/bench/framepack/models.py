"""What ``scripts/bench/framepack`` measures with: our engine and diffusers' loop on the same random weights."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import FlowMatchEulerDiscreteScheduler, HunyuanVideoFramepackTransformer3DModel
from torch import Tensor

from engines.batching.step_batcher import Bounds, StepBatcher
from engines.framepack.layouts import FrameLayout, layout_of
from engines.framepack.loras import Loras
from engines.framepack.models import BASE, WeightPlacement, prepare
from engines.framepack.rows import Given, Transformers
from engines.framepack.run import Conditions, FramePackRun
from engines.framepack.schedule import shift_of, sigmas, tokens_of
from engines.framepack.text import Words
from engines.framepack.transformer import OneFrameTransformer
from scripts.lib.tiny_models.framepack import TRANSFORMER

CHANNELS, TEXT_PLACES = 16, 256
PARTS = {"has_image_proj": True, "has_clean_x_embedder": True}
SIZES: dict[str, dict[str, Any]] = {
    "tiny": TRANSFORMER,
    "mid": {
        "num_attention_heads": 8,
        "attention_head_dim": 64,
        "num_layers": 3,
        "num_single_layers": 6,
        "text_embed_dim": 256,
        "pooled_projection_dim": 64,
        "rope_axes_dim": (8, 28, 28),
        "image_proj_dim": 128,
    },
    # the class's own numbers are those of the published weights
    "real": {"image_proj_dim": 1152},
}


@dataclass(frozen=True)
class ImageSetting:
    """What every picture has. ``words`` is the length of the prompt: random weights have no tokenizer to ask."""

    width: int
    height: int
    steps: int
    place: WeightPlacement
    words: int = 100
    features: int = 729


class Weights:
    """One random transformer, as ours and as diffusers' class over the same tensors."""

    def __init__(self, size: str, place: WeightPlacement) -> None:
        config: dict[str, Any] = SIZES[size] | PARTS
        self.ours = _random(OneFrameTransformer, config, place).by_row()
        with torch.device("meta"):
            self.stock = HunyuanVideoFramepackTransformer3DModel(**config).eval()
        self.stock.load_state_dict(self.ours.state_dict(), assign=True)
        self.place = place
        self.ours = prepare(self.ours, place)

    @property
    def parameters(self) -> int:
        """How many numbers the weights are."""
        return sum(each.numel() for each in self.ours.parameters())

    def transformer(self, _: str) -> OneFrameTransformer:
        """What ``Loras`` asks of its models."""
        return self.ours


def _random(kind: type[OneFrameTransformer], config: dict[str, Any], place: WeightPlacement) -> OneFrameTransformer:
    torch.manual_seed(0)
    before = torch.get_default_dtype()
    torch.set_default_dtype(place.dtype)
    try:
        with place.device:
            return kind(**config).eval()
    finally:
        torch.set_default_dtype(before)


class KomaTransformer:
    """Runs through the step batcher, ``rows`` in a forward."""

    def __init__(self, weights: Weights, rows: int) -> None:
        place = weights.place
        # no LoRA is used, so of the models only the transformer is
        models: Any = weights
        self._transformers = Transformers(Loras(models, Path()), place.device, place.dtype)
        bounds = Bounds(rows=rows, active=max(rows, 8), admission_s=0.05 if rows > 1 else 0.0)
        self._batcher = StepBatcher(self._transformers.evaluate, bounds)
        self._config = weights.ours.config

    def paint(self, setting: ImageSetting, layout: FrameLayout, seeds: Sequence[int], batch_size: int) -> list[Tensor]:
        """The latents of these seeds, all asked for at once."""
        runs = [self.run(setting, layout, seed, batch_size) for seed in seeds]
        with ThreadPoolExecutor(len(runs)) as pool:
            return list(pool.map(self._batcher.sample, runs))

    @property
    def forwards(self) -> int:
        """Calls of the transformer so far."""
        return self._batcher.counts.calls

    def close(self) -> None:
        """End the batcher's thread."""
        self._batcher.close()

    def run(self, setting: ImageSetting, layout: FrameLayout, seed: int, batch_size: int) -> FramePackRun:
        """One picture before its first step."""
        start, words, image = inputs(setting, self._config, seed)
        empty = [
            Given(torch.zeros_like(start).expand(-1, len(places), -1, -1), places) if places else None
            for places in (layout.history_2x, layout.history_4x)
        ]
        clean = torch.cat([start] * len(layout.clean), dim=1)
        conditions = Conditions(
            BASE, (), words, None, image, (layout.target,), (Given(clean, layout.clean), empty[0], empty[1])
        )
        return FramePackRun(
            self._transformers, conditions, start, levels(setting), solver="euler", batch_size=batch_size
        )


def inputs(setting: ImageSetting, config: Any, seed: int) -> tuple[Tensor, Words, Tensor]:
    """Random noise, words and features of a picture."""
    generator = torch.Generator().manual_seed(seed)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator)

    words = Words(normal(TEXT_PLACES, config.text_embed_dim), setting.words, normal(config.pooled_projection_dim))
    latent = normal(CHANNELS, 1, setting.height // 8, setting.width // 8)
    return latent, words, normal(setting.features, config.image_proj_dim)


def levels(setting: ImageSetting) -> Any:
    """The noise levels of a picture."""
    return sigmas(setting.steps, shift_of(tokens_of(setting.width, setting.height)))


@torch.inference_mode()
def stock_picture(weights: Weights, setting: ImageSetting, seed: int) -> Tensor:
    """One picture by diffusers' transformer in the loop of its pipeline, with the layout it needs: ``musubi``."""
    place, layout = weights.place, layout_of("musubi")
    start, words, image = inputs(setting, weights.stock.config, seed)
    scheduler: Any = FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=False, shift=1.0)
    scheduler.set_timesteps(sigmas=levels(setting)[:-1], device=place.device)

    def put(tensor: Tensor) -> Tensor:
        return tensor[None].to(place.device, place.dtype)

    mask = put(torch.arange(TEXT_PLACES) < words.length)
    clean = put(torch.cat([start] * len(layout.clean), dim=1))
    half, quarter = (put(torch.zeros_like(start).expand(-1, n, -1, -1)) for n in (2, 16))
    latent = start[None].to(place.device)
    for time in scheduler.timesteps:
        velocity = weights.stock(
            latent.to(place.dtype),
            time.expand(1),
            put(words.text),
            mask,
            put(words.pooled),
            put(image),
            torch.tensor([layout.target]),
            torch.tensor([10_000.0], device=place.device, dtype=place.dtype),
            clean,
            torch.tensor(layout.clean),
            half,
            torch.tensor(layout.history_2x),
            quarter,
            torch.tensor(layout.history_4x),
            return_dict=False,
        )[0]
        latent = scheduler.step(velocity.float(), time, latent, return_dict=False)[0]
    return latent[0].cpu()
