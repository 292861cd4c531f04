"""The three ways to transform a picture: our executor with its batcher, and diffusers' own pipeline."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

Work = Callable[[int], Image.Image]


@dataclass(frozen=True)
class RequestSetting:
    """What every request has: side in pixels, steps of the schedule, strength, device."""

    side: int
    steps: int
    strength: float
    device: str


def workflow(setting: RequestSetting, checkpoint: str, seed: int) -> dict[str, Any]:
    """One request as a workflow."""

    def node(class_type: str, **inputs: Any) -> dict[str, Any]:
        return {"class_type": class_type, "inputs": inputs}

    return {
        "1": node("LoadImage", image="input.png"),
        "2": node("CLIPTextEncode", text=_prompt(seed), clip=["4", 1]),
        "3": node("CLIPTextEncode", text="bad quality", clip=["4", 1]),
        "4": node("CheckpointLoaderSimple", ckpt_name=checkpoint),
        "5": node(
            "KSampler",
            model=["4", 0],
            positive=["2", 0],
            negative=["3", 0],
            latent_image=["6", 0],
            seed=seed,
            steps=setting.steps,
            cfg=7.0,
            sampler_name="euler",
            scheduler="normal",
            denoise=setting.strength,
        ),
        "6": node("VAEEncode", pixels=["1", 0], vae=["4", 2]),
        "7": node("VAEDecode", samples=["5", 0], vae=["4", 2]),
        "8": node("SaveImage", images=["7", 0], filename_prefix="bench"),
    }


def _prompt(seed: int) -> str:
    return f"picture number {seed}, clay style"


def noise_picture(side: int) -> Image.Image:
    """A square RGB picture of noise, the same each time."""
    rng = np.random.default_rng(0)
    return Image.fromarray(rng.integers(0, 255, (side, side, 3), dtype=np.uint8))


class KomaExecutor:
    """The executor over one folder of models, with the batcher or without."""

    def __init__(self, models: Path, checkpoint: str, setting: RequestSetting, batched: bool) -> None:
        import torch

        from engines.batching.step_batcher import Bounds, StepBatcher
        from engines.comfy.cache import NodeCache
        from engines.comfy.context import ComfyContext
        from engines.comfy.execute import Executor
        from engines.comfy.outputs import MemoryOutputs
        from engines.diffusion.evaluate import evaluate
        from engines.diffusion.run import solo
        from engines.diffusion.weights.library import Library

        dtype = torch.float16 if setting.device.startswith("cuda") else torch.float32
        self._setting, self._checkpoint = setting, checkpoint
        self._batcher = StepBatcher(evaluate, Bounds(rows=32)) if batched else None
        sample = self._batcher.sample if self._batcher else solo
        library = Library(models, setting.device, dtype)
        # nothing of an earlier request may be taken over
        self._executor = Executor(ComfyContext(library, models, MemoryOutputs(), sample=sample), NodeCache(room=8))

    @property
    def calls(self) -> int | None:
        """UNet calls so far, where they are counted."""
        return self._batcher.counts.calls if self._batcher else None

    def work(self, seed: int) -> Image.Image:
        """The picture of one request."""
        import io

        from engines.comfy.outputs import MemoryOutputs

        outputs = MemoryOutputs()
        self._executor.run(workflow(self._setting, self._checkpoint, seed), outputs=outputs)
        return Image.open(io.BytesIO(next(iter(outputs.files.values()))))

    def close(self) -> None:
        """End the batcher."""
        if self._batcher:
            self._batcher.close()


def diffusers_work(folder: Path, setting: RequestSetting) -> Work:
    """The pipeline of diffusers over a folder in its own layout."""
    import torch
    from diffusers import EulerDiscreteScheduler, StableDiffusionImg2ImgPipeline

    half = setting.device.startswith("cuda")
    pipeline: Any = StableDiffusionImg2ImgPipeline.from_pretrained(
        folder,
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
        dtype=torch.float16 if half else torch.float32,
        local_files_only=True,
        low_cpu_mem_usage=False,
    ).to(setting.device)
    pipeline.scheduler = EulerDiscreteScheduler.from_config(pipeline.scheduler.config)
    pipeline.set_progress_bar_config(disable=True)
    picture = noise_picture(setting.side)

    def work(seed: int) -> Image.Image:
        with warnings.catch_warnings():
            # deprecations within the libraries
            warnings.simplefilter("ignore")
            return pipeline(
                prompt=_prompt(seed),
                negative_prompt="bad quality",
                image=picture,
                strength=1.0,
                # diffusers cuts the schedule where ComfyUI stretches it: these are the steps that ours runs
                num_inference_steps=setting.steps,
                guidance_scale=7.0,
                generator=torch.Generator("cpu").manual_seed(seed),
            ).images[0]

    return work
