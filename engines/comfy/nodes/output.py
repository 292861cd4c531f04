"""Nodes whose results leave the workflow."""

import json
from typing import Any

from engines.comfy.context import House, NodeContext
from engines.comfy.pictures import to_bytes
from engines.comfy.ports import ImageIn, LatentIn, Prefix
from engines.comfy.registry import Values, node
from engines.step_batcher import Stopped

Shown = dict[str, list[dict[str, str]]]
LONGEST = 200


def _good_prefix(house: House, values: Values) -> str | None:
    """File names may lead into folders below the output folder, and nowhere else."""
    prefix = values.get("filename_prefix")
    if not isinstance(prefix, str):
        return None
    parts = prefix.replace("\\", "/").split("/")
    if ".." in parts or prefix.startswith(("/", "\\")) or set(prefix) & {"\0", ":"} or len(prefix) > LONGEST:
        return f"filename_prefix - Invalid prefix: {prefix[:LONGEST]}"
    return None


def _save(ctx: NodeContext, images: Any, prefix: str, kind: str) -> Shown:
    texts = {"prompt": json.dumps(ctx.prompt)}
    saved: list[dict[str, str]] = []
    for image in images:
        if ctx.should_stop():
            raise Stopped
        saved.append(ctx.house.outputs.picture(to_bytes(image[..., :3]), prefix, kind, texts).wire())
    return {"images": saved}


@node("SaveImage", category="image", title="Save Image", output_node=True, check=_good_prefix)
def save_image(ctx: NodeContext, images: ImageIn, filename_prefix: Prefix) -> Shown:
    """Pictures as PNG files in the output folder."""
    return _save(ctx, images, filename_prefix, "output")


@node("PreviewImage", category="image", title="Preview Image", output_node=True)
def preview_image(ctx: NodeContext, images: ImageIn) -> Shown:
    """Pictures that need not be kept."""
    return _save(ctx, images, "preview", "temp")


@node("SaveImageWebsocket", category="api/image", output_node=True)
def save_image_websocket(ctx: NodeContext, images: ImageIn) -> Shown:
    """Pictures for whoever listens; here they are kept for a while as previews are."""
    return _save(ctx, images, "websocket", "temp")


@node("SaveLatent", category="_for_testing", output_node=True, check=_good_prefix)
def save_latent(ctx: NodeContext, samples: LatentIn, filename_prefix: Prefix) -> Shown:
    """A latent as a file that other workflows can load."""
    return {"latents": [ctx.house.outputs.latent(samples.samples, filename_prefix).wire()]}
