"""The steps of a job that makes a film, as plain async functions of a context.

1 preparing - 2 filming ⋯ section by section, each from the state that the one before it left - 3 finishing
"""

import asyncio
import io
import os
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from foundation.graph import Context, Json
from foundation.metrics import FRAMES, count
from foundation.models.framepack import FilmJob
from foundation.settings import get_settings
from graphs.common.choice import seed_of
from graphs.framepack.choice import Unit, choose_engine, client_of, last_of, load_file, sampler_options
from graphs.framepack.names import FilmStep

THUMBNAIL_SIDE = 320
Load = Callable[[str], Awaitable[bytes]]


async def prepare(context: Context) -> Json:
    """Choose the engine and count the sections."""
    engine = await choose_engine(context)
    sections = await client_of(context, engine).sections(context.args["video_length"])
    return {"engine": engine, "seed": seed_of(context.args["seed"], context.job_id), "sections": sections}


async def _job(context: Context, choice: Mapping[str, Json]) -> FilmJob:
    return FilmJob(
        **sampler_options(context),
        prompt=context.args["prompt"],
        seed=choice["seed"],
        sampling_mode=context.args["sampling_mode"],
        sections=choice["sections"],
        start=await context.load(context.args["image_key"]),
        end=await load_file(context, "end_key"),
        mp4_crf=round(context.args["mp4_crf"]),
    )


def section_names(context: Context) -> Sequence[str]:
    """The sections by their numbers, in the order in which they are made."""
    return [str(number) for number in range(context.result(FilmStep.PREPARING)["sections"])]


async def film(context: Context, item: str) -> Json:
    """One section of the film: what it settles, what the next one will make anew, and the state for that one."""
    choice, number = context.result(FilmStep.PREPARING), int(item)
    state = await context.load(context.item_result(FilmStep.FILMING, str(number - 1))["state"]) if number else None
    events = client_of(context, choice["engine"]).section(await _job(context, choice), number, state)
    result = await last_of(context, Unit(FilmStep.FILMING, item, choice["sections"]), events, "section")
    count(FRAMES, result.frames, engine=choice["engine"])
    return {
        "frames": result.frames,
        "state": await context.save(FilmStep.FILMING, f"state-{item}.bin", result.state),
        "done": await _saved(context, f"done-{item}.mp4", result.done),
        "open": await _saved(context, f"open-{item}.mp4", result.open),
    }


async def _saved(context: Context, name: str, film: bytes) -> str | None:
    return await context.save(FilmStep.FILMING, name, film) if film else None


def pieces_of(mode: str, sections: Sequence[Mapping[str, Json]]) -> list[str]:
    """The files of the film so far, in the order in which they are shown."""
    done = [section["done"] for section in sections]
    still_open = sections[-1]["open"]
    ordered = [still_open, *reversed(done)] if mode == "reverse" else [*done, still_open]
    return [key for key in ordered if key]


async def join_sections(mode: str, sections: Sequence[Mapping[str, Json]], load: Load) -> bytes:
    """The film of the sections so far, as MP4."""
    from engines.framepack import mp4

    pieces = [await load(key) for key in pieces_of(mode, sections)]
    return await asyncio.to_thread(mp4.join, pieces)


async def gather(_: Context, sections: Mapping[str, Json]) -> Json:
    """The sections in the order in which they were made."""
    return list(sections.values())


async def finish(context: Context) -> Json:
    """The whole film with a picture of its middle; VIDEO_DIR gets a copy if it is set."""
    choice, name = context.result(FilmStep.PREPARING), f"{context.job_id}.mp4"
    film = await join_sections(context.args["sampling_mode"], context.result(FilmStep.FILMING), context.load)
    await _copy(context, name, film)
    facts, thumbnail = await asyncio.to_thread(_probe, film)
    keys = {
        "key": await context.save(FilmStep.FINISHING, name, film),
        "thumbnail": await context.save(FilmStep.FINISHING, "thumbnail.jpg", thumbnail),
    }
    return facts | keys | {"engine": choice["engine"], "seed": choice["seed"]}


def _probe(film: bytes) -> tuple[dict[str, Json], bytes]:
    from PIL import Image

    from engines.framepack import mp4

    found, out = mp4.probe(film), io.BytesIO()
    middle = Image.fromarray(mp4.frame(film, found.frames // 2))
    middle.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    middle.save(out, "JPEG", quality=85)
    facts = {"width": found.width, "height": found.height, "frames": found.frames, "fps": found.fps}
    return facts | {"seconds": round(found.frames / found.fps, 3)}, out.getvalue()


async def _copy(context: Context, name: str, film: bytes) -> None:
    folder = get_settings().resolved_video_dir
    if folder is None:
        return
    try:
        await asyncio.to_thread(_put, folder, name, film)
    except OSError as error:
        # the film is there all the same
        await context.emit("copy_failed", {"detail": f"VIDEO_DIR takes no files: {type(error).__name__}"})


def _put(folder: Path, name: str, data: bytes) -> None:
    """Write a file that nobody sees half written."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
        file.write(data)
    os.chmod(file.name, 0o644)
    os.replace(file.name, folder / name)
