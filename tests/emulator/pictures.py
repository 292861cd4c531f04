"""Pictures that are the same for the same prompt, seed and size."""

import hashlib
import io

import numpy as np
from PIL import Image, ImageDraw

SIZES = {
    "1:1": (1024, 1024),
    "3:4": (896, 1280),
    "4:3": (1280, 896),
    "9:16": (768, 1408),
    "16:9": (1408, 768),
    "2:3": (832, 1248),
    "3:2": (1248, 832),
    "4:5": (896, 1152),
    "5:4": (1152, 896),
    "21:9": (1536, 672),
}


def draw(prompt, seed, aspect, side=1024):
    """PNG bytes: soft colours with a figure, scaled so that a square has ``side`` pixels."""
    width, height = (max(round(edge * side / 1024), 8) for edge in SIZES[aspect])
    digest = hashlib.sha256(f"{prompt}|{seed}|{width}x{height}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8]))
    grid = Image.fromarray(rng.integers(90, 250, (4, 4, 3), dtype=np.uint8))
    picture = grid.resize((width, height), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    x, head = width * rng.uniform(0.3, 0.7), min(width, height) * 0.12
    pen.rectangle((x - head, height * 0.45, x + head, height), fill=(40, 40, 60))
    pen.ellipse(
        (x - head, height * 0.2, x + head, height * 0.2 + 2.4 * head), fill=(240, 220, 200), outline=(20, 20, 20)
    )
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
