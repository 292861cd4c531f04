"""A quick look at a latent: each cell's colour as a linear mix of its channels, no autoencoder needed.

Sources: keturn on the Hugging Face forum (SD 1.5), T. A. Vass, "Explaining the SDXL latent space".
"""

import numpy as np
import torch
from PIL import Image
from torch import Tensor

LONGEST = 512
MIX = {
    "sd15": ((0.298, 0.207, 0.208), (0.187, 0.286, 0.173), (-0.158, 0.189, 0.264), (-0.184, -0.271, -0.473)),
    "sdxl": ((0.470, 0.470, 0.470), (-0.470, -0.039, 0.078), (0.196, 0.118, -0.039), (-0.549, -0.392, -0.275)),
}


def latent_preview(latent: Tensor, family: str) -> Image.Image:
    """The first of a batch of scaled latents, B×4×h×w, as a picture whose longer side is 512."""
    mix = torch.tensor(MIX[family])
    colours = torch.einsum("chw,cr->hwr", latent[0].float().cpu(), mix)
    pixels = ((colours + 1) / 2 * 255).clamp(0, 255).numpy().astype(np.uint8)
    factor = LONGEST / max(pixels.shape[:2])
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    return Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR)
