"""The steps of a style task as plain async functions of a context.

1 fetching - 2 choosing - 3 transforming ⋯ step by step, with previews - 4 finishing
"""

import asyncio
import io
from collections.abc import Awaitable, Callable, Mapping, Sequence

from PIL import Image

from foundation.errors import InvalidInput
from foundation.fetch import Reach, download
from foundation.graph import Context, Ended, Json, Model
from foundation.images import decode_image
from foundation.metrics import IMAGES, count
from foundation.models.diffuser import StyleClient, StyleJob
from foundation.models.progress import SamplerProgress
from foundation.settings import get_settings
from graphs.common.choice import choose_engine, seed_of
from graphs.common.progress import Reports, last_event
from graphs.style.names import ENGINES, StyleStep


async def fetch(context: Context) -> Json:
    """Get the picture, check it, and keep it upright as PNG without anything but its pixels."""
    settings = get_settings()
    data = await _image_of(context)
    png, width, height = await asyncio.to_thread(_as_png, data, settings.max_image_pixels)
    return {"key": await context.save(StyleStep.FETCHING, "input.png", png), "width": width, "height": height}


async def _image_of(context: Context) -> bytes:
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

    Raises EngineNotReady for one that the request names and that cannot work.
    """

    def can_run(model: Model) -> Awaitable[Json]:
        return StyleClient(model).can_run(context.args["style"], context.args["workflow"])

    choice = await choose_engine(context, ENGINES, context.args["engine"], can_run)
    # by the task's id: two pictures of one user differ, and a retry gives the same
    seed = seed_of(context.args["seed"], context.job_id)
    return {"engine": choice.engine, "seed": seed, "reason": choice.reason}


async def transform(context: Context) -> Json:
    """Let the engine work, and report its progress."""
    choice, fetched = context.result(StyleStep.CHOOSING), context.result(StyleStep.FETCHING)
    shared = {k: context.args[k] for k in ("style", "prompt", "negative", "strength", "workflow", "previews")}
    job = StyleJob(**shared, seed=choice["seed"], metadata=context.args["keep_metadata"], id=context.job_id)
    reports = Reports(context, StyleStep.TRANSFORMING)

    async def report(event: SamplerProgress) -> None:
        data = {"value": event.step, "max": event.total, "node": event.node}
        await reports.report(event.step / max(1, event.total), data, event.preview)

    client = StyleClient(context.models[ENGINES[choice["engine"]]])
    styled = await last_event(client.transform(await context.load(fetched["key"]), job), report)
    if not styled.images:
        raise InvalidInput(f"the workflow {job.workflow} gave no picture; it needs a SaveImage node")
    return {"images": await _stored(context, styled.images), "server": styled.server}


async def _stored(context: Context, images: Sequence[bytes]) -> list[str]:
    return [await context.save(StyleStep.TRANSFORMING, f"output-{n}.png", data) for n, data in enumerate(images)]


async def finish(context: Context) -> Json:
    """The finished pictures, without their metadata, which contains prompts, unless the request keeps it."""
    choice = context.result(StyleStep.CHOOSING)
    keys = context.result(StyleStep.TRANSFORMING)["images"]
    images = [await _finished(context, number, key) for number, key in enumerate(keys)]
    count(IMAGES, len(images), app="style", engine=choice["engine"])
    named = {"engine": choice["engine"], "engine_reason": choice.get("reason"), "seed": choice["seed"]}
    return {"images": images, **named}


async def _finished(context: Context, number: int, key: str) -> dict[str, Json]:
    data = await context.load(key)
    if not context.args["keep_metadata"]:
        data = await asyncio.to_thread(_stripped, data)
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    return {
        "key": await context.save(StyleStep.FINISHING, f"result-{number}.png", data),
        "width": width,
        "height": height,
    }


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
    """The body of a task's webhook."""
    result = ended.results.get(StyleStep.FINISHING)
    links = [link(image["key"]) for image in result["images"]] if result and ended.state == "completed" else []
    error: Mapping[str, Json] = ended.error or {}
    return {
        "task_id": ended.id,
        "user_id": ended.subject,
        "status": ended.state if ended.state != "cancelled" else "failed",
        "style_type": ended.args["style"],
        "output_image_url": links[0] if links else None,
        "output_image_urls": links,
        "error_code": "TASK_CANCELLED" if ended.state == "cancelled" else (str(error.get("code", "")).upper() or None),
        "error_message": error.get("detail"),
        "engine": result["engine"] if result else None,
    }
