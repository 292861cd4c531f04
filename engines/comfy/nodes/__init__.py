"""All nodes, by room."""

from engines.comfy.nodes import conditioning, control, images, inpaint, latents, loaders, masks, output, sampling

__all__ = ["conditioning", "control", "images", "inpaint", "latents", "loaders", "masks", "output", "sampling"]
