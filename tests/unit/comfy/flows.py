"""Workflows in API format, built up from a few words."""

import io

import numpy as np
from PIL import Image
from safetensors.torch import load

from engines.comfy.outputs import MemoryOutputs


def base(checkpoint: str = "tiny-sd15.safetensors", size: int = 64, batch: int = 1, **sampling) -> dict:
    """Text to image: nodes 1 checkpoint, 2 and 3 prompts, 4 latent, 5 sampler, 6 decode, 7 save, 8 save latent."""
    return {
        "1": node("CheckpointLoaderSimple", ckpt_name=checkpoint),
        "2": node("CLIPTextEncode", text="a clay house, (red roof:1.3)", clip=["1", 1]),
        "3": node("CLIPTextEncode", text="blurry", clip=["1", 1]),
        "4": node("EmptyLatentImage", width=size, height=size, batch_size=batch),
        "5": ksampler("4", **sampling),
        "6": node("VAEDecode", samples=["5", 0], vae=["1", 2]),
        "7": node("SaveImage", images=["6", 0], filename_prefix="out"),
        "8": node("SaveLatent", samples=["5", 0], filename_prefix="out"),
    }


def node(name: str, **inputs) -> dict:
    return {"class_type": name, "inputs": inputs}


def ksampler(latent: str, **changes) -> dict:
    values = {
        "model": ["1", 0],
        "positive": ["2", 0],
        "negative": ["3", 0],
        "latent_image": [latent, 0],
        "seed": 7,
        "steps": 2,
        "cfg": 4.0,
        "sampler_name": "euler",
        "scheduler": "normal",
        "denoise": 1.0,
    }
    return node("KSampler", **(values | changes))


def from_picture(flow: dict, image: str = "house.png", denoise: float = 0.5) -> dict:
    """The same from a picture: 10 loads it and 4 encodes it."""
    flow["10"] = node("LoadImage", image=image)
    flow["4"] = node("VAEEncode", pixels=["10", 0], vae=["1", 2])
    flow["5"]["inputs"]["denoise"] = denoise
    return flow


def run(executor, flow: dict) -> tuple[list[np.ndarray], list]:
    """The pictures, H×W×3, and the latents of a workflow."""
    outputs = MemoryOutputs()
    executor.run(flow, outputs=outputs)
    pictures = [
        np.asarray(Image.open(io.BytesIO(data))).astype(int) for name, data in outputs.files.items() if "png" in name
    ]
    latents = [load(data)["latent_tensor"] for name, data in outputs.files.items() if name.endswith(".latent")]
    return pictures, latents
