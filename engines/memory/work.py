"""What models hold beside their weights, by the size of the work. All at 16 bits but LaMa, which runs in 32."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from engines.framepack.film_plan import DECODED
from engines.framepack.layouts import WINDOW
from engines.framepack.transformer import Condition, Frames
from engines.memory.live import SHAPES_ONLY, instantiate, peak_bytes
from engines.memory.parts import PARTS

BF16, FP16, FP32 = torch.bfloat16, torch.float16, torch.float32
TEXT_PLACES, IMAGE_PLACES = 256, 729
# the template of the prompt comes before it
LLAMA_PLACES = 351


def framepack_step(width: int, height: int, frames: int = 1, rows: int = 1) -> int:
    """A forward with all histories, which is the largest one."""
    module = instantiate(PARTS["framepack.transformer"], BF16)

    def given(count: int) -> Frames:
        return Frames(_zeros(BF16, rows, 16, count, height // 8, width // 8), torch.arange(count))

    def work() -> Tensor:
        text, image = _zeros(BF16, rows, TEXT_PLACES, 4096), _zeros(BF16, rows, IMAGE_PLACES, 1152)
        lengths = [TEXT_PLACES] * rows
        condition = Condition(text, lengths, _zeros(BF16, rows, 768), image, _zeros(BF16, rows))
        latents = _zeros(BF16, rows, 16, frames, height // 8, width // 8)
        histories = (given(2), given(2), given(16))
        return module(latents, torch.arange(frames), _zeros(FP32, rows), condition, histories)

    return peak_bytes(module, work)


def framepack_decode(width: int, height: int, frames: int = 1, tiled: bool = False) -> int:
    """Latent frames to pixels by HunyuanVideo's autoencoder."""
    module: Any = instantiate(PARTS["framepack.vae"], BF16)
    if tiled:
        module.enable_tiling()
    return peak_bytes(module, lambda: module.decode(_zeros(BF16, 1, 16, frames, height // 8, width // 8)))


def llama_encode() -> int:
    """A prompt by Llama, all hidden states kept as the pipeline asks for them."""
    module = instantiate(PARTS["framepack.llama"], BF16)
    ids = _zeros(torch.int64, 1, LLAMA_PLACES)
    return peak_bytes(module, lambda: module(ids, output_hidden_states=True, use_cache=False))


def unet_step(family: str, width: int, height: int, rows: int) -> int:
    """A UNet call; a guided picture takes two rows."""
    module = instantiate(PARTS[f"{family}.unet"], FP16)
    wide = family == "sdxl"
    more = {"text_embeds": _zeros(FP16, rows, 1280), "time_ids": _zeros(FP16, rows, 6)} if wide else None
    words = _zeros(FP16, rows, 77, 2048 if wide else 768)
    latents = _zeros(FP16, rows, 4, height // 8, width // 8)
    return peak_bytes(module, lambda: module(latents, _zeros(FP32, rows), words, added_cond_kwargs=more))


def stable_decode(width: int, height: int) -> int:
    """One latent to pixels; Koma decodes one at a time."""
    module: Any = instantiate(PARTS["sd15.vae"], FP16)
    return peak_bytes(module, lambda: module.decode(_zeros(FP16, 1, 4, height // 8, width // 8)))


def lama_fill(side: int, windows: int) -> int:
    """Windows filled as one batch."""
    module = instantiate(PARTS["lama.generator"], FP32)
    return peak_bytes(module, lambda: module(_zeros(FP32, windows, 4, side, side)))


def _zeros(dtype: torch.dtype, *shape: int) -> Tensor:
    with SHAPES_ONLY:
        return torch.zeros(shape, dtype=dtype)


# sizes are those that people ask for when they say nothing else; steps grow by rows alike
ROWS = 16
WORK: dict[str, Callable[[], int]] = {
    "framepack.step 1216x704": lambda: framepack_step(1216, 704),
    "framepack.step film 640x608": lambda: framepack_step(640, 608, WINDOW),
    "framepack.decode 1216x704": lambda: framepack_decode(1216, 704),
    "framepack.decode film 640x608": lambda: framepack_decode(640, 608, DECODED + 1),
    "framepack.decode 1216x704, tiled": lambda: framepack_decode(1216, 704, tiled=True),
    "framepack.decode film 640x608, tiled": lambda: framepack_decode(640, 608, DECODED + 1, tiled=True),
    "framepack.llama": llama_encode,
    **{
        f"{family}.step {side}, {ROWS} rows": lambda family=family, side=side: unet_step(family, side, side, ROWS)
        for family, side in (("sd15", 512), ("sd15", 768), ("sdxl", 1024))
    },
    **{f"stable.decode {side}": lambda side=side: stable_decode(side, side) for side in (512, 768, 1024)},
    "lama.fill 512, 8 windows": lambda: lama_fill(512, 8),
    **{f"lama.fill {side}": lambda side=side: lama_fill(side, 1) for side in (1024, 2048)},
}
