"""Pictures to what the transformer sees of them, and latents to pixels."""

import hashlib
import io
from collections.abc import Callable

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from engines.framepack.feature_cache import FeatureCache
from engines.framepack.models import FramePackModels
from foundation.images import decode_image, decode_mask

CELL = 8
# the ingress has a lower limit of its own
MOST_PIXELS = 64_000_000
# a latent at 1216x704 takes 0.8 MiB, the features of a picture 1.6 in 16 bits
CACHE_BYTES = 128 * 2**20
PREVIEW_QUALITY = 75
# Source: lllyasviel/FramePack, the quick look at latents of its demo
MIX = (
    (-0.0395, -0.0331, 0.0445),
    (0.0696, 0.0795, 0.0518),
    (0.0135, -0.0945, -0.0282),
    (0.0108, -0.0250, -0.0765),
    (-0.0209, 0.0032, 0.0224),
    (-0.0804, -0.0254, -0.0639),
    (-0.0991, 0.0271, -0.0669),
    (-0.0646, -0.0422, -0.0400),
    (-0.0696, -0.0595, -0.0894),
    (-0.0799, -0.0208, -0.0375),
    (0.1166, 0.1627, 0.0962),
    (0.1165, 0.0432, 0.0407),
    (-0.2315, -0.1920, -0.1355),
    (-0.0270, 0.0401, -0.0821),
    (-0.0616, -0.0997, -0.0727),
    (0.0249, -0.0469, -0.1703),
)
BIAS = (0.0259, -0.0192, -0.0761)


def fitted(data: bytes | None, width: int, height: int) -> Image.Image:
    """A picture scaled and cut from its middle to a size, as RGB; black where there is none."""
    if data is None:
        return Image.new("RGB", (width, height))
    return _cut(_on_white(decode_image(data, MOST_PIXELS)), width, height)


def _cut(image: Image.Image, width: int, height: int) -> Image.Image:
    factor = max(width / image.width, height / image.height)
    size = (max(width, round(image.width * factor)), max(height, round(image.height * factor)))
    scaled = image.resize(size, Image.Resampling.LANCZOS) if size != image.size else image
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return scaled.crop((left, top, left + width, top + height))


def _on_white(image: Image.Image) -> Image.Image:
    if "A" not in image.getbands():
        return image.convert("RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(ground, clear).convert("RGB")


def fitted_mask(mask: bytes | None, picture: bytes | None, width: int, height: int) -> np.ndarray | None:
    """A mask as H×W from 0 to 1, stretched over its picture and cut as that is; None where there is none."""
    if mask is None or picture is None:
        return None
    size = decode_image(picture, MOST_PIXELS).size
    stretched = decode_mask(mask, MOST_PIXELS).resize(size, Image.Resampling.BILINEAR)
    return np.asarray(_cut(stretched, width, height), np.float32) / 255.0


def in_cells(mask: np.ndarray) -> Tensor:
    """A mask of pixels as the mean of each latent cell, h×w."""
    return torch.nn.functional.avg_pool2d(torch.from_numpy(mask)[None, None], CELL)[0, 0]


class ImageEncoder:
    """The autoencoder and the picture encoder. What they saw of the last pictures is kept, in 128 MiB."""

    def __init__(self, models: FramePackModels) -> None:
        self._models = models
        self.seen = FeatureCache[Tensor](CACHE_BYTES)

    def encode(self, image: Image.Image) -> Tensor:
        """The scaled latent of a picture, C×1×h×w on the CPU: the mode, without chance."""
        return self._once("latent", image, self._encode)

    def look(self, image: Image.Image) -> Tensor:
        """The picture encoder's features, S×D on the CPU."""
        return self._once("features", image, self._look)

    def _once(self, kind: str, image: Image.Image, see: Callable[[Image.Image], Tensor]) -> Tensor:
        key = (kind, image.size, hashlib.sha256(image.tobytes()).digest())
        return self.seen.get(key, lambda: see(image))

    @torch.inference_mode()
    def _encode(self, image: Image.Image) -> Tensor:
        vae = self._models.pipeline.vae
        with self._models.beside(vae) as device:
            pixels = _pixels(image).to(device, vae.dtype)[:, :, None]
            return (vae.encode(pixels).latent_dist.mode() * vae.config.scaling_factor)[0].float().cpu()

    @torch.inference_mode()
    def _look(self, image: Image.Image) -> Tensor:
        pipeline = self._models.pipeline
        with self._models.beside(pipeline.image_encoder) as device:
            return pipeline.encode_image(_pixels(image), device=device)[0].cpu()

    @torch.inference_mode()
    def decode(self, latents: Tensor) -> np.ndarray:
        """Frames T×H×W×3 of scaled latents C×t×h×w: about 0 to 1, and T is 4(t-1)+1."""
        vae = self._models.pipeline.vae
        with self._models.beside(vae) as device:
            scaled = (latents / vae.config.scaling_factor)[None].to(device, vae.dtype)
            frames = vae.decode(scaled).sample[0].float().cpu()
        return ((frames + 1) / 2).permute(1, 2, 3, 0).numpy()


def _pixels(image: Image.Image) -> Tensor:
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 127.5 - 1


def as_8_bit(frames: np.ndarray) -> np.ndarray:
    """Pixels from 0 to 1 as whole numbers to 255."""
    return np.rint(frames.clip(0, 1) * 255).astype(np.uint8)


def preview(latent: Tensor) -> bytes:
    """A quick look at a clean latent C×h×w as JPEG, a pixel for each cell: its colour as a mix of its channels."""
    colours = torch.einsum("chw,cr->hwr", latent.float().cpu(), torch.tensor(MIX)) + torch.tensor(BIAS)
    out = io.BytesIO()
    Image.fromarray(as_8_bit(colours.numpy())).save(out, "JPEG", quality=PREVIEW_QUALITY)
    return out.getvalue()
