"""The steps of a job that makes pictures, as plain async functions of a context.

1 preparing - 2 painting ⋯ picture by picture, step by step, with previews - 3 finishing
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.framepack.layouts import LARGEST_INDEX, LAYOUTS
from foundation.errors import KomaError, error_as_json, error_from_json
from foundation.graph import Context, Json
from foundation.jobs.leases import JobCancelled
from foundation.jobs.types import LeaseLost
from foundation.metrics import IMAGES, count
from foundation.models.framepack import PictureJob, Transfer
from graphs.common.choice import seed_of
from graphs.framepack.choice import Unit, choose_engine, client_of, last_of, load_file, sampler_options
from graphs.framepack.names import ImageStep

FAILED = "picture_failed"


async def prepare(context: Context) -> Json:
    """Choose the engine, and say what sets each picture apart from the others."""
    return {"engine": await choose_engine(context), "pictures": _pictures(context.args, context.job_id)}


def _pictures(args: Mapping[str, Json], job_id: str) -> list[dict[str, Json]]:
    if args["type"] == "batch_image":
        seeds = args["seeds"] or [None] * len(args["prompts"])
        rows = enumerate(zip(args["prompts"], seeds, strict=True))
        return [_picture(args, text, seed_of(seed, f"{job_id}/{n}")) for n, (text, seed) in rows]
    one = _picture(args, args["prompt"], seed_of(args["seed"], job_id))
    if not args.get("rope_sweep"):
        return [one]
    first = LAYOUTS[args["layout"]]().target if args["target_index"] is None else args["target_index"]
    swept = [first + n for n in range(args["rope_sweep"])]
    # as in oneframe_ichi: what lies behind the last index is left out
    return [one | {"target_index": index} for index in swept if index <= LARGEST_INDEX]


def _picture(args: Mapping[str, Json], prompt: str, seed: int) -> dict[str, Json]:
    return {"prompt": prompt, "seed": seed, "target_index": args["target_index"]}


def picture_names(context: Context) -> Sequence[str]:
    """The pictures by their numbers."""
    return [str(number) for number in range(len(context.result(ImageStep.PREPARING)["pictures"]))]


async def paint(context: Context, item: str) -> Json:
    """One picture by the engine. One of several that fails is reported in the result, and the others continue."""
    try:
        return await _painted(context, item)
    except (JobCancelled, LeaseLost):
        raise
    except KomaError as error:
        if error.retryable or len(picture_names(context)) == 1:
            raise
        record = error_as_json(error)
        await context.emit(FAILED, {"stage": ImageStep.PAINTING, "index": int(item), "error": record["detail"]})
        return {"index": int(item), "error": record}


async def _painted(context: Context, item: str) -> Json:
    choice, number = context.result(ImageStep.PREPARING), int(item)
    picture = choice["pictures"][number]
    events = client_of(context, choice["engine"]).image(await _job(context, picture))
    result = await last_of(context, Unit(ImageStep.PAINTING, item, len(choice["pictures"])), events, "picture")
    count(IMAGES, app="framepack", engine=choice["engine"])
    facts: dict[str, Json] = {
        "index": number,
        "width": result.width,
        "height": result.height,
        "seed": picture["seed"],
    }
    facts |= {} if result.drawn_words is None else {"drawn_words": list(result.drawn_words)}
    return facts | {"key": await context.save(ImageStep.PAINTING, f"{context.job_id}-{number}.png", result.image)}


async def _job(context: Context, picture: Mapping[str, Json]) -> PictureJob:
    return PictureJob(
        **sampler_options(context),
        **picture,
        layout=context.args["layout"],
        start=await load_file(context, "start_key"),
        transfer=await _transfer(context),
        batch_size=context.args["batch_size"],
        parameters=_parameters(context, picture) if context.args["metadata"] else None,
    )


async def _transfer(context: Context) -> Transfer | None:
    source, target = await load_file(context, "source_key"), await load_file(context, "target_key")
    if source is None or target is None:
        return None
    return Transfer(
        source,
        target,
        context.args["transfer_strength"],
        context.args.get("control_index"),
        await load_file(context, "source_mask_key"),
        await load_file(context, "target_mask_key"),
    )


def _parameters(context: Context, picture: Mapping[str, Json]) -> dict[str, Any]:
    """All that is needed to make the picture again; its own pictures are named by those of the job."""
    parameters = {k: v for k, v in context.args.items() if k not in {"prompts", "seeds", "seed", "rope_sweep"}}
    engine = context.result(ImageStep.PREPARING)["engine"]
    kind = "image" if parameters["type"] == "batch_image" else parameters["type"]
    return parameters | dict(picture) | {"type": kind, "engine": engine, "job_id": context.job_id}


async def gather(_: Context, painted: Mapping[str, Json]) -> Json:
    """The pictures in their order."""
    return list(painted.values())


async def finish(context: Context) -> Json:
    """What the job gives: its pictures, those that failed with their errors, and the engine that made them.

    Raises the first one's error when there is no picture.
    """
    images = context.result(ImageStep.PAINTING)
    if all("error" in image for image in images):
        raise error_from_json(images[0]["error"])
    return {"images": images, "engine": context.result(ImageStep.PREPARING)["engine"]}
