"""The steps of a style task as plain async functions of a context.

1 fetching - 2 choosing - 3 transforming ⋯ step by step, with previews - 4 finishing
"""

import asyncio
import base64
import io
from collections.abc import Callable, Mapping
from contextlib import aclosing
from typing import Any

from PIL import Image

from foundation.errors import EngineNotReady, InvalidInput
from foundation.fetch import Reach, download
from foundation.graph import Context, Ended, Json
from foundation.images import decode_image
from foundation.metrics import IMAGES, count
from foundation.settings import get_settings
from graphs.common.choice import described, seed_of

FILTERS, DIFFUSER, COMFY = "filters", "diffuser", "comfy"
SLOTS = {"draft": FILTERS, "local": DIFFUSER, "comfyui": COMFY}
BEST_FIRST = ("comfyui", "local", "draft")
TRANSFORMING = "transforming"
# every event is a row of the database: a sampler of a thousand steps need not write a thousand
LEAST_SHARE = 0.02
PNG = b"\x89PNG"


async def fetch(context: Context) -> Json:
    """Get the picture, check it, and keep it upright as PNG without anything but its pixels."""
    settings = get_settings()
    data = await _given(context)
    png, width, height = await asyncio.to_thread(_as_png, data, settings.max_image_pixels)
    return {"key": await context.save("fetching", "input.png", png), "width": width, "height": height}


async def _given(context: Context) -> bytes:
    if context.args["image_key"]:
        return await context.load(context.args["image_key"])
    settings = get_settings()
    reach = Reach(settings.image_hosts, "IMAGE_HOSTS", timeout_s=60.0)
    return await download(context.args["image_url"], settings.max_file_size, reach)


def _as_png(data: bytes, max_pixels: int) -> tuple[bytes, int, int]:
    image, out = decode_image(data, max_pixels), io.BytesIO()
    plain = image if image.mode in {"RGB", "RGBA"} else image.convert("RGBA" if "A" in image.mode else "RGB")
    plain.info.clear()
    plain.save(out, "PNG", compress_level=1)
    return out.getvalue(), plain.width, plain.height


async def choose(context: Context) -> Json:
    """Choose the best engine that has all that the task needs, and say why.

    Raises EngineNotReady for one that was asked for by name and cannot work.
    """
    asked, needs = context.args["engine"], (context.args["style"], context.args["workflow"])
    passed_over: list[str] = []
    for name in BEST_FIRST if asked == "auto" else (asked,):
        state = await described(context, SLOTS[name], asked, "can_run", *needs)
        if state["ready"]:
            chosen = f"{name} is requested by name" if asked == name else f"{name} has all that the task needs"
            # by the task's id: two pictures of one user differ, and a retry gives the same
            seed = seed_of(context.args["seed"], context.job_id)
            return {"engine": name, "seed": seed, "reason": "; ".join([chosen, *passed_over])}
        if asked != "auto":
            raise EngineNotReady(f"the engine {name} is not ready: {state['detail']}")
        passed_over.append(f"not {name}: {state['detail']}")
    raise EngineNotReady(f"no engine is ready: {'; '.join(passed_over)}")


async def transform(context: Context) -> Json:
    """Let the engine work, and pass on what it tells."""
    chosen, fetched = context.result("choosing"), context.result("fetching")
    asked = {k: context.args[k] for k in ("style", "prompt", "negative", "strength", "workflow", "previews")}
    asked |= {"seed": chosen["seed"], "metadata": context.args["keep_metadata"], "id": context.job_id}
    model = context.models[SLOTS[chosen["engine"]]]
    told = 0.0
    async with aclosing(model.stream("transform", await context.load(fetched["key"]), asked)) as events:
        async for event in events:
            if event["kind"] == "images":
                if not event["images"]:
                    raise InvalidInput(f"the workflow {asked['workflow']} gave no picture; it needs a SaveImage node")
                return {"images": await _kept(context, event["images"]), "server": event.get("server")}
            # a second sampler counts from the beginning: what was told stays told
            share = max(told, event["value"] / max(1, event["max"]))
            if share - told >= LEAST_SHARE or event.get("preview"):
                told = share
                await context.report(TRANSFORMING, share, _progress(event))
    raise EngineNotReady(f"the engine {chosen['engine']} ended without a picture")


def _progress(event: Mapping[str, Any]) -> dict[str, Json]:
    said = {k: event[k] for k in ("value", "max", "node") if k in event}
    if preview := event.get("preview"):
        form = "png" if preview.startswith(PNG) else "jpeg"
        said["preview"] = f"data:image/{form};base64,{base64.b64encode(preview).decode()}"
    return said


async def _kept(context: Context, images: list[bytes]) -> list[str]:
    return [await context.save(TRANSFORMING, f"output-{n}.png", data) for n, data in enumerate(images)]


async def finish(context: Context) -> Json:
    """The finished pictures; without their metadata, which tells prompts, unless it was asked for."""
    chosen = context.result("choosing")
    keys = context.result(TRANSFORMING)["images"]
    images = [await _finished(context, number, key) for number, key in enumerate(keys)]
    count(IMAGES, len(images), app="style", engine=chosen["engine"])
    named = {"engine": chosen["engine"], "engine_reason": chosen.get("reason"), "seed": chosen["seed"]}
    return {"images": images, **named}


async def _finished(context: Context, number: int, key: str) -> dict[str, Json]:
    data = await context.load(key)
    if not context.args["keep_metadata"]:
        data = await asyncio.to_thread(_stripped, data)
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    return {"key": await context.save("finishing", f"result-{number}.png", data), "width": width, "height": height}


def _stripped(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        if not image.info:
            return data
        image.load()
        out, profile = io.BytesIO(), image.info.get("icc_profile")
        image.info.clear()
        image.save(out, "PNG", icc_profile=profile)
        return out.getvalue()


def announce(ended: Ended, link: Callable[[str], str]) -> Mapping[str, Json]:
    """What the webhook of a task says."""
    made = ended.results.get("finishing")
    found = [link(image["key"]) for image in made["images"]] if made and ended.state == "completed" else []
    error: Mapping[str, Json] = ended.error or {}
    return {
        "task_id": ended.id,
        "user_id": ended.subject,
        "status": ended.state if ended.state != "cancelled" else "failed",
        "style_type": ended.args["style"],
        "output_image_url": found[0] if found else None,
        "output_image_urls": found,
        "error_code": "TASK_CANCELLED" if ended.state == "cancelled" else (str(error.get("code", "")).upper() or None),
        "error_message": error.get("detail"),
        "engine": made["engine"] if made else None,
    }
