"""Nodes whose results leave the workflow."""

import json
import time
import uuid
from typing import Any

from engines.batching.step_batcher import Stopped
from engines.comfy import filenames
from engines.comfy.context import ComfyContext, NodeContext
from engines.comfy.outputs import png
from engines.comfy.pictures import to_bytes
from engines.comfy.ports import ImageIn, LatentIn, Prefix
from engines.comfy.registry import Values, node
from foundation.errors import InvalidInput

SavedFiles = dict[str, list[dict[str, str]]]
QUOTED_CHARACTERS = 200


def _check_prefix(context: ComfyContext, values: Values) -> str | None:
    prefix = values.get("filename_prefix")
    problem = filenames.problem_before_run(prefix) if isinstance(prefix, str) else None
    return f"filename_prefix - Invalid prefix: {prefix[:QUOTED_CHARACTERS]}: {problem}" if prefix and problem else None


def _expanded(ctx: NodeContext, prefix: str, width: int, height: int) -> str:
    name = filenames.expanded(prefix, ctx.prompt, width, height, time.localtime())
    if problem := filenames.problem_of(name):
        raise InvalidInput(f"filename_prefix {name[:QUOTED_CHARACTERS]!r} cannot be used: {problem}")
    return name


def _save(ctx: NodeContext, images: Any, prefix: str, kind: str) -> SavedFiles:
    texts = {"prompt": json.dumps(ctx.prompt)}
    name = _expanded(ctx, prefix, images.shape[2], images.shape[1])
    saved: list[dict[str, str]] = []
    for number, image in enumerate(images):
        if ctx.should_stop():
            raise Stopped
        numbered = name.replace("%batch_num%", str(number))
        saved.append(ctx.shared.outputs.picture(to_bytes(image[..., :3]), numbered, kind, texts).wire())
    return {"images": saved}


def _each_time(context: ComfyContext, values: Values) -> str:
    return uuid.uuid4().hex


@node("SaveImage", category="image", title="Save Image", output_node=True, check=_check_prefix)
def save_image(ctx: NodeContext, images: ImageIn, filename_prefix: Prefix) -> SavedFiles:
    """Pictures as PNG files in the output folder."""
    return _save(ctx, images, filename_prefix, "output")


@node("PreviewImage", category="image", title="Preview Image", output_node=True)
def preview_image(ctx: NodeContext, images: ImageIn) -> SavedFiles:
    """Pictures that need not be kept."""
    return _save(ctx, images, f"ComfyUI_temp_{uuid.uuid4().hex[:5]}", "temp")


@node("SaveImageWebsocket", category="api/image", output_node=True, fingerprint=_each_time)
def save_image_websocket(ctx: NodeContext, images: ImageIn) -> SavedFiles:
    """Pictures for whoever listens: they are sent as PNG, and no output names them."""
    for number, image in enumerate(images, 1):
        if ctx.should_stop():
            raise Stopped
        ctx.send(number, len(images), png(to_bytes(image[..., :3])))
    return {}


@node("SaveLatent", category="_for_testing", output_node=True, check=_check_prefix)
def save_latent(ctx: NodeContext, samples: LatentIn, filename_prefix: Prefix) -> SavedFiles:
    """A latent as a file that other workflows can load."""
    name = _expanded(ctx, filename_prefix, 0, 0)
    return {"latents": [ctx.shared.outputs.latent(samples.samples, name).wire()]}
