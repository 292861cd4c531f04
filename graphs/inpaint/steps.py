"""The steps of a text-removal job as plain async functions of a context. Names and shares are seed 000's.

1 preparing - 2 masking - 3 inpainting ⋯ window by window - 4 finalizing - 5 notifying
"""

import asyncio
import base64
import io
import itertools
import json
import time
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from foundation.errors import ClientError, KomaError, error_as_json, error_from_json
from foundation.fetch import post_json
from foundation.graph import Context, Json
from foundation.models.inpainter import InpainterClient, RemovalOptions, RemovalRequest
from foundation.settings import get_settings
from graphs.inpaint.names import MODEL, InpaintStep

ENDING_OF_FORMAT = {"png": "png", "webp": "webp", "jpeg": "jpg"}
ERRORS = "errors.json"
CALLBACK_ATTEMPTS = 3
CALLBACK_PAUSE_S = 1.0


def _model(context: Context) -> InpainterClient:
    return InpainterClient(context.models[MODEL])


async def prepare(context: Context) -> Json:
    """Choose the model and load it."""
    return asdict(await _model(context).describe(context.args["options"]["model"], context.args["engine"]))


def _options(context: Context) -> RemovalOptions:
    return RemovalOptions(**{**context.args["options"], "model": context.result(InpaintStep.PREPARING)["model"]})


async def _request(context: Context, image: Mapping[str, Json]) -> RemovalRequest:
    mask = await context.load(image["mask_key"]) if image["mask_key"] else None
    return RemovalRequest(await context.load(image["image_key"]), image["regions"], mask)


async def mask(context: Context) -> Json:
    """Find the holes of each picture, fill the flat ones, and cut windows for the model.

    A picture of a batch that cannot be read is reported in the result; a job of one picture fails with the reason.
    """
    planned = [await _planned(context, number) for number in range(len(context.args["images"]))]
    failed = [each for each in planned if "error" in each]
    if len(failed) == len(planned):
        raise error_from_json(failed[0]["error"])
    return {"images": planned}


async def _planned(context: Context, number: int) -> dict[str, Json]:
    request = await _request(context, context.args["images"][number])
    try:
        plan = await _model(context).plan(request, _options(context))
    except ClientError as error:
        return {"error": error_as_json(error), "windows": {}}
    names = [f"{number}.{n}" for n in range(len(plan.windows))]
    windows = zip(names, plan.windows, strict=True)
    keys = [await context.save(InpaintStep.MASKING, f"{name}.npz", window) for name, window in windows]
    return {
        "windows": dict(zip(names, keys, strict=True)),
        "width": plan.width,
        "height": plan.height,
        "masked_pixels": plan.masked_pixels,
        "warnings": list(plan.warnings),
    }


def window_names(context: Context) -> Sequence[str]:
    """The windows of all pictures."""
    return [name for image in context.result(InpaintStep.MASKING)["images"] for name in image["windows"]]


async def fill(context: Context, name: str) -> Json:
    """One window by the model."""
    image = context.result(InpaintStep.MASKING)["images"][int(name.partition(".")[0])]
    window = await context.load(image["windows"][name])
    filled = await _model(context).fill(window, _options(context))
    return {"key": await context.save(InpaintStep.INPAINTING, f"{name}.npz", filled)}


async def gather_windows(_: Context, filled: Mapping[str, Json]) -> Json:
    """The filled windows by name."""
    return {name: each["key"] for name, each in filled.items()}


async def finalize(context: Context) -> Json:
    """Put the windows back, write the files, and for several pictures one archive."""
    numbers = range(len(context.args["images"]))
    results = [await _finished(context, number) for number in numbers]
    prepared = context.result(InpaintStep.PREPARING)
    archive = await _archive(context, results) if len(results) > 1 else None
    warnings = [warning for result in results for warning in result.pop("warnings", ())]
    return {
        "results": results,
        "archive_key": archive,
        "model": prepared["model"],
        "engine": prepared["engine"],
        "warnings": warnings,
    }


async def _finished(context: Context, number: int) -> dict[str, Json]:
    image, planned = context.args["images"][number], context.result(InpaintStep.MASKING)["images"][number]
    result = {"name": image["name"], "regions": len(image["regions"])}
    if "error" in planned:
        return result | {"error": {k: planned["error"][k] for k in ("code", "detail")}, "image_key": None}
    filled = context.result(InpaintStep.INPAINTING)
    parts = await asyncio.gather(*[context.load(filled[name]) for name in planned["windows"]])
    options = _options(context)
    done = await _model(context).finish(await _request(context, image), options, parts)
    ending = ENDING_OF_FORMAT[options.format or "png"]
    key = await context.save(InpaintStep.FINALIZING, f"result-{number}.{ending}", done.data)
    result |= {"image_key": key} | {k: getattr(done, k) for k in ("width", "height", "masked_pixels", "windows")}
    at = f"/images/{number}" if len(context.args["images"]) > 1 else ""
    return result | {"warnings": [{**each, "pointer": at + each["pointer"]} for each in done.warnings]}


async def _archive(context: Context, results: Sequence[Mapping[str, Json]]) -> str:
    out, names = io.BytesIO(), unique_names([result["name"] or f"{n + 1:03}" for n, result in enumerate(results)])
    failed = [
        {"index": number, "name": name} | result["error"]
        for number, (name, result) in enumerate(zip(names, results, strict=True))
        if "error" in result
    ]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, result in zip(names, results, strict=True):
            if result["image_key"]:
                ending = result["image_key"].rpartition(".")[2]
                archive.writestr(_entry(f"{name}.{ending}"), await context.load(result["image_key"]))
        if failed:
            archive.writestr(_entry(ERRORS), json.dumps(failed, ensure_ascii=False, indent=2))
    return await context.save(InpaintStep.FINALIZING, "results.zip", out.getvalue())


def _entry(name: str) -> zipfile.ZipInfo:
    # a fixed date: the same pictures give the same archive
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def unique_names(names: Sequence[str]) -> list[str]:
    """Names of files that differ even where case does not count; the second ``a`` is ``a-2``."""
    taken: set[str] = set()
    unique: list[str] = []
    for name in names:
        numbered = (f"{name}-{number}" if number > 1 else name for number in itertools.count(1))
        unique.append(next(each for each in numbered if each.casefold() not in taken))
        taken.add(unique[-1].casefold())
    return unique


async def notify(context: Context) -> Json:
    """Post the picture to the caller's own address, if there is one; a failed delivery does not fail the job."""
    url = context.args["callback_url"]
    if not url:
        return {"delivered": None}
    key = context.result(InpaintStep.FINALIZING)["results"][0]["image_key"]
    body = {
        "task_id": context.job_id,
        "status": "completed",
        "image_data": base64.b64encode(await context.load(key)).decode() if key else None,
        "timestamp": time.time(),
    }
    reason = ""
    for attempt in range(CALLBACK_ATTEMPTS):
        try:
            await post_json(url, body, get_settings().callback_hosts)
            return {"delivered": True}
        except KomaError as error:
            reason = error.detail
            await asyncio.sleep(CALLBACK_PAUSE_S * 2**attempt)
    await context.emit("callback_failed", {"detail": reason})
    return {"delivered": False, "detail": reason}
