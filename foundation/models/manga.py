"""The models of the manga pipeline: writer, artist and letterer.

Panels, characters, drawings, letterings and pages are JSON of the manga document (``engines.comic.document``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foundation.graph import Json, Model


@dataclass(frozen=True)
class DrawnPanel:
    """A panel by the draft artist: drawing, picture as PNG, and which replica drew it when, in seconds since 1970."""

    drawing: Json
    image: bytes
    replica: str
    started_at: float
    finished_at: float


@dataclass(frozen=True)
class PanelPlan:
    """The input of another engine for a panel: ``guide`` is a sketch as PNG of ``width`` by ``height`` pixels.

    ``references`` are the ids of the characters whose sheets go along. ``drawing`` has the positions of the figures and
    no art. ``prompts`` is the version of the prompt's templates.
    """

    prompt: str
    negative: str
    references: Sequence[str]
    guide: bytes
    width: int
    height: int
    prompts: str
    drawing: Json


@dataclass(frozen=True)
class PortraitPlan:
    """The input of another engine for a character sheet: as of a panel."""

    prompt: str
    negative: str
    guide: bytes
    width: int
    height: int


@dataclass(frozen=True)
class MountedPanel:
    """A panel with the picture of another engine: its drawing, the picture as PNG, and the checks of its figures."""

    drawing: Json
    image: bytes
    checks: Sequence[Json]


@dataclass(frozen=True)
class LetteringStyle:
    """How a manga is lettered: ``language`` ja or en, ``direction`` rtl or ltr, and where readings are shown."""

    language: str
    direction: str
    ruby_mode: str


@dataclass(frozen=True)
class LetteredPanel:
    """The lettering of a panel, and which replica set it, in seconds since 1970."""

    lettering: Json
    replica: str
    started_at: float
    finished_at: float


@dataclass(frozen=True)
class ComposedPage:
    """A page as files with its checks. ``print`` (1 bit, 600 dpi) and ``psd`` only for print."""

    svg: bytes
    png: bytes
    checks: Sequence[Json]
    print: bytes | None = None
    psd: bytes | None = None


class WriterClient:
    """Calls ``deployments.manga.Writer``. Raises as ``Model.call``."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def write(self, phase: str, brief: Mapping[str, Json], before: Mapping[str, Json]) -> Json:
        """The output of a phase; ``before`` has the outputs of the phases that it follows."""
        return await self._model.call("write", phase, brief, before)


class ArtistClient:
    """Calls ``deployments.manga.Artist``. Raises as ``Model.call``."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def draw(self, panel: Json, cast: Sequence[Json]) -> DrawnPanel:
        """A panel by rule."""
        return await self._model.call("draw", panel, cast)

    async def plan(
        self, panel: Json, cast: Sequence[Json], notes: Mapping[str, str], area: int, multiple: int
    ) -> PanelPlan:
        """The input of another engine for a panel; ``notes`` are the writer's words about characters, by id."""
        return await self._model.call("plan", panel, cast, notes, area, multiple)

    async def mount(self, panel: Json, sketch: Json, picture: bytes | None, engine: str, colour: bool) -> MountedPanel:
        """The picture of another engine as the art of a panel; without one the panel stays blank."""
        return await self._model.call("mount", panel, sketch, picture, engine, colour)

    async def plan_portrait(self, character: Json, note: str, area: int, multiple: int) -> PortraitPlan:
        """The input of another engine for a character sheet."""
        return await self._model.call("plan_portrait", character, note, area, multiple)

    async def portrait(self, character: Json, width: int, height: int) -> bytes:
        """A character sheet by rule, as PNG."""
        return await self._model.call("portrait", character, width, height)


class LettererClient:
    """Calls ``deployments.manga.Letterer``. Raises as ``Model.call``."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def missing_glyphs(self, text: str) -> list[str]:
        """The characters of a text that no lettering font has, once each."""
        return await self._model.call("missing_glyphs", text)

    async def letter(self, panel: Json, drawing: Json, cast: Sequence[Json], style: LetteringStyle) -> LetteredPanel:
        """Letter a panel around its drawing."""
        return await self._model.call("letter", panel, drawing, cast, style)

    async def compose(self, page: Json, book: Json, for_print: bool) -> ComposedPage:
        """Put a page together and check it; ``book`` is the document without pages."""
        return await self._model.call("compose", page, book, for_print)

    async def judge(self, checks: Sequence[Sequence[Json]], story: str, document: Json) -> dict[str, Any]:
        """The quality report over the checks of all pages, with ``text_coverage``."""
        return await self._model.call("judge", checks, story, document)

    async def export(self, pages: Sequence[ComposedPage], document: Json) -> dict[str, bytes]:
        """The book in every format, by the extension of its file."""
        return await self._model.call("export", pages, document)
