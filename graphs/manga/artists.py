"""Who draws: the engines of phases 2 and 5 behind one call, and who comes next when one fails.

draw request (guide, prompt, references) -> an engine's own options -> one picture, with its cost

A new engine is a function and a row of ``ARTISTS`` here, and a deployment in its slot.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from foundation.errors import EngineNotReady, KomaError
from foundation.graph import Context, Json, Model
from foundation.jobs.leases import JobCancelled
from foundation.jobs.types import LeaseLost
from foundation.models.diffuser import DiffuserClient, StyleJob
from foundation.models.framepack import FramePackClient, PictureJob, Transfer
from foundation.models.imagen import ImageJob, ImagenClient
from foundation.settings import get_settings
from graphs.common.choice import AUTO, DRAFT, first_ready
from graphs.common.progress import last_event
from graphs.manga.engines import failure_of, requested_engines
from graphs.manga.names import ModelName

# a sketch in ink is far from a finished drawing: little of it may stay where a model paints over it
STRENGTH = 0.85
SCRIBBLE = "control_v11p_sd15_scribble.safetensors"
STEPS = 25


@dataclass(frozen=True)
class Canvas:
    """The size of the sketch for an engine: about ``area`` pixels, sides in multiples of ``multiple``.

    Diffuser and FramePack draw at that size too; Google's models take the proportions of it.
    """

    area: int
    multiple: int


@dataclass(frozen=True)
class DrawRequest:
    """The input of an engine: ``guide`` is a sketch as PNG of ``width`` by ``height``, ``references`` are sheets."""

    id: str
    prompt: str
    negative: str
    guide: bytes
    width: int
    height: int
    seed: int
    references: Sequence[bytes] = ()


@dataclass(frozen=True)
class Picture:
    """The picture of an engine: encoded, with the model's name and its usage where they are known."""

    image: bytes
    model: str
    usage: Mapping[str, Json] = field(default_factory=dict[str, Json])


async def _by_framepack(model: Model, request: DrawRequest) -> Picture:
    """Kisekae: from the sketch towards the first person's sheet; without persons from the sketch alone."""
    sheet = next(iter(request.references), None)
    job = PictureJob(
        prompt=request.prompt,
        negative_prompt=request.negative,
        steps=STEPS,
        width=request.width,
        height=request.height,
        seed=request.seed,
        start=request.guide if sheet is None else None,
        transfer=None if sheet is None else Transfer(request.guide, sheet, STRENGTH, control_index=10.0),
    )
    drawn = await last_event(FramePackClient(model).image(job))
    return Picture(drawn.image, "framepack")


async def _by_diffuser(model: Model, request: DrawRequest) -> Picture:
    """From the sketch, which a scribble ControlNet keeps where there is one."""
    client = DiffuserClient(model)
    nets = (await client.models())["controlnet"]
    job = StyleJob(
        id=request.id,
        workflow="style_scribble" if SCRIBBLE in nets else "style_change",
        prompt=request.prompt,
        negative=request.negative,
        strength=STRENGTH,
        seed=request.seed,
    )
    styled = await last_event(client.transform(request.guide, job))
    if not styled.images:
        raise EngineNotReady(f"the workflow {job.workflow} gave no picture")
    return Picture(styled.images[0], job.workflow)


async def _by_google(model: Model, request: DrawRequest) -> Picture:
    """Imagen by prompt and seed; a Gemini image model also gets the sheets of those who are in it, and the sketch."""
    job = ImageJob(
        prompt=request.prompt,
        negative=request.negative,
        aspect=request.width / request.height,
        seed=request.seed,
        references=tuple(request.references),
        guide=request.guide,
    )
    drawn = await ImagenClient(model).draw(job, get_settings().manga_image_budget_s)
    return Picture(drawn.images[0], drawn.model, drawn.usage)


Draw = Callable[[Model, DrawRequest], Awaitable[Picture]]


@dataclass(frozen=True)
class ArtistEngine:
    """An engine that draws: its model slot, the size of its sketches, and how it is called."""

    slot: ModelName
    canvas: Canvas
    draw: Draw


GUIDE = Canvas(512 * 512, 8)
# by the names of requests; the draft draws without any of this
ARTISTS: Mapping[str, ArtistEngine] = {
    "diffuser": ArtistEngine(ModelName.DIFFUSER, Canvas(512 * 768, 64), _by_diffuser),
    "framepack": ArtistEngine(ModelName.FRAMEPACK, Canvas(1216 * 704, 16), _by_framepack),
    "imagen": ArtistEngine(ModelName.IMAGEN, GUIDE, _by_google),
    "gemini": ArtistEngine(ModelName.GEMINI_IMAGE, GUIDE, _by_google),
}


@dataclass(frozen=True)
class Attempt:
    """Which engine drew, or none, and why those before it did not."""

    engine: str
    picture: Picture | None
    failures: Sequence[Mapping[str, Json]] = ()


async def draw_by_first(
    context: Context, engines: Sequence[str], plan: Callable[[str], Awaitable[DrawRequest]]
) -> Attempt:
    """Let engines try in their order; ``draft`` needs no picture. Without a picture the last failure stands.

    Raises what means that the job itself must stop or be tried again elsewhere.
    """
    failures: list[Mapping[str, Json]] = []
    for engine in engines:
        if engine == DRAFT:
            return Attempt(DRAFT, None, failures)
        try:
            artist = ARTISTS[engine]
            picture = await artist.draw(context.models[artist.slot], await plan(engine))
            return Attempt(engine, picture, failures)
        except (JobCancelled, LeaseLost):
            raise
        except KomaError as error:
            failures.append(failure_of(engine, error))
    return Attempt(engines[-1], None, failures)


async def artists_of(context: Context, requested: str) -> list[str]:
    """The engines of a request, best first: the one that is requested, or the first of MANGA_ARTISTS that is ready.

    With ``fallback`` the others follow, the draft last.
    """
    slots = {name: ModelName.ARTIST if name == DRAFT else ARTISTS[name].slot for name in _order()}
    first = requested if requested != AUTO else await first_ready(context, slots)
    if not requested_engines(context).fallback or first == DRAFT:
        return [first]
    return list(dict.fromkeys([first, *slots, DRAFT]))


def _order() -> list[str]:
    return [name for name in get_settings().manga_artists if name == DRAFT or name in ARTISTS]
