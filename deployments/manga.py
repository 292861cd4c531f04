"""The models of the manga pipeline: a writer, artists, a letterer. See ``foundation.models.manga``.

Methods are synchronous: Serve runs them in threads, so that health checks are answered meanwhile.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ray import serve

from deployments.telemetry import start_telemetry
from foundation.models.manga import (
    ComposedPage,
    DrawnPanel,
    LetteredPanel,
    LetteringStyle,
    MountedPanel,
    PanelPlan,
    PortraitPlan,
)

Json = Any


def _timed(work: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
    """The result and who made it, when, in seconds since 1970."""
    started = time.time()
    result = work()
    return result, {
        "replica": serve.get_replica_context().replica_id.unique_id,
        "started_at": started,
        "finished_at": time.time(),
    }


class Writer:
    """Phases 1 to 4 by rules over the text."""

    def __init__(self) -> None:
        from engines import writer

        start_telemetry()
        self._engine = writer

    def write(self, phase: str, brief: Mapping[str, Json], before: Mapping[str, Json]) -> Json:
        """The output of a phase: ``concept``, ``characters``, ``story`` or ``name``.

        ``brief`` is the request, ``before`` the outputs of the phases that it follows.
        """
        return self._engine.write(phase, brief, before)


class Artist:
    """Draws panels and portraits; one at a time for each replica."""

    def __init__(self) -> None:
        from engines import artist
        from engines.comic import compose, render
        from engines.comic.document import Character, Panel

        start_telemetry()
        self._artist, self._compose, self._render = artist, compose, render
        self._character, self._panel = Character, Panel

    def draw(self, panel: Json, cast: Sequence[Json]) -> DrawnPanel:
        """Draw a panel by rule."""

        def work() -> dict[str, Any]:
            planned = self._panel.model_validate(panel)
            drawing = self._artist.draw_panel(planned, [self._character.model_validate(c) for c in cast])
            image = self._render.render_png(self._compose.panel_svg(planned, drawing))
            return {"drawing": drawing.model_dump(mode="json"), "image": image}

        drawn, timing = _timed(work)
        return DrawnPanel(**drawn, **timing)

    def describe(self) -> dict[str, Json]:
        """It can always draw."""
        return {"ready": True, "detail": "draws by rule"}

    def plan(self, panel: Json, cast: Sequence[Json], notes: Mapping[str, str], area: int, multiple: int) -> PanelPlan:
        """The input of another engine for a panel; ``notes`` are the writer's words about characters, by id."""
        from engines.artist import raster
        from engines.artist.scene_prompt import scene_prompt, version

        planned, known = self._panel.model_validate(panel), [self._character.model_validate(c) for c in cast]
        width, height = raster.size_for(planned, area, multiple)
        sketch, guide = raster.sketched(planned, known, width, height)
        prompt = scene_prompt(planned, known, notes)
        return PanelPlan(
            prompt=prompt.prompt,
            negative=prompt.negative,
            references=prompt.references,
            guide=guide,
            width=width,
            height=height,
            prompts=version(),
            drawing=sketch.model_copy(update={"svg": ""}).model_dump(mode="json"),
        )

    def mount(self, panel: Json, sketch: Json, picture: bytes | None, engine: str, colour: bool) -> MountedPanel:
        """The picture of another engine as the art of a panel; without one it stays blank, with room for balloons."""
        from engines.artist import raster
        from engines.comic.document import Drawing
        from engines.comic.embedded_pictures import with_pictures_embedded

        planned, sketched = self._panel.model_validate(panel), Drawing.model_validate(sketch)
        if picture is None:
            drawing, checks = raster.blank(planned, sketched, engine), []
        else:
            drawing = raster.mount(planned, sketched, picture, engine, colour)
            checks = raster.check_figures(planned, sketched, picture)
        image = self._render.render_png(with_pictures_embedded(self._compose.panel_svg(planned, drawing)))
        return MountedPanel(drawing.model_dump(mode="json"), image, [check.model_dump(mode="json") for check in checks])

    def plan_portrait(self, character: Json, note: str, area: int, multiple: int) -> PortraitPlan:
        """The input of another engine for a character sheet."""
        from engines.artist import raster
        from engines.artist.scene_prompt import PORTRAIT_ASPECT, portrait_prompt

        known = self._character.model_validate(character)
        width, height = raster.sides(PORTRAIT_ASPECT, area, multiple)
        guide = self.portrait(character, width, height)
        prompt = portrait_prompt(known, note)
        return PortraitPlan(prompt.prompt, prompt.negative, guide, width, height)

    def portrait(self, character: Json, width: int, height: int) -> bytes:
        """Draw a character sheet as PNG bytes."""
        svg = self._artist.draw_portrait(self._character.model_validate(character), width, height)
        return self._render.render_png(svg)


class Letterer:
    """Letters panels, composes and checks pages, binds books."""

    def __init__(self) -> None:
        from engines.comic import compose, exports, lettering, render
        from engines.comic.checks import panel as checks
        from engines.comic.document import Character, Document, Drawing, Page, Panel

        start_telemetry()
        self._checks, self._compose, self._exports = checks, compose, exports
        self._lettering, self._render = lettering, render
        self._character, self._document, self._drawing, self._page = Character, Document, Drawing, Page
        self._panel = Panel

    def letter(self, panel: Json, drawing: Json, cast: Sequence[Json], style: LetteringStyle) -> LetteredPanel:
        """Letter a panel around its drawing."""

        def work() -> Any:
            return self._lettering.letter_panel(
                self._panel.model_validate(panel),
                self._drawing.model_validate(drawing),
                [self._character.model_validate(c) for c in cast],
                **asdict(style),
            )

        lettering, timing = _timed(work)
        return LetteredPanel(lettering.model_dump(mode="json"), **timing)

    def missing_glyphs(self, text: str) -> list[str]:
        """The characters of a text that no lettering face has, once each."""
        from engines.comic.lettering.faces import missing

        return missing(text)

    def compose(self, page: Json, book: Json, for_print: bool) -> ComposedPage:
        """Put a page together and check it; ``book`` is the document without pages."""
        from engines.comic.embedded_pictures import with_pictures_embedded

        document = self._document.model_validate(book)
        whole = self._page.model_validate(page)
        svg = self._compose.page_svg(whole, document)
        found = self._checks.check_page(whole, document)
        return ComposedPage(
            svg=svg.encode(),
            png=self._render.render_png(with_pictures_embedded(svg)),
            checks=[check.model_dump(mode="json") for check in found],
            print=self._exports.to_print_png(whole, document) if for_print else None,
            psd=self._exports.to_psd(whole, document) if for_print else None,
        )

    def judge(self, checks: Sequence[Sequence[Json]], story: str, document: Json) -> dict[str, Any]:
        """The quality report over the checks of all pages, with ``text_coverage``: what of the story is lettered.

        The art in ``document`` is not needed.
        """
        from engines.comic.document import Check
        from engines.writer.coverage import coverage, coverage_warnings

        report, of_story = coverage(story, self._document.model_validate(document))
        of_pages = [[Check.model_validate(c) for c in page] for page in checks]
        coverage_report = {"text_coverage": report, "warnings": coverage_warnings(report)}
        return self._checks.quality([*of_pages, of_story]) | coverage_report

    def export(self, pages: Sequence[ComposedPage], document: Json) -> dict[str, bytes]:
        """The book in every format, by the extension of its file; for print too, if the pages are for print.

        The art in ``document`` is not needed.
        """
        book = self._document.model_validate(document)
        pngs = [page.png for page in pages]
        printed = [page.print for page in pages if page.print is not None]
        pdf = (
            self._exports.to_pdf(printed, book, self._exports.PRINT_BLEED)
            if printed
            else self._exports.to_pdf(pngs, book)
        )
        books = {
            "pdf": pdf,
            "cbz": self._exports.to_cbz(pngs, book),
            "epub": self._exports.to_epub(pngs, book),
        }
        for kind, ending in (("png", "png"), ("svg", "svg"), ("print", "png"), ("psd", "psd")):
            if getattr(pages[0], kind) is not None:
                books[f"{kind}.zip"] = self._exports.to_page_zip([getattr(page, kind) for page in pages], ending, book)
        if book.layout == "webtoon":
            books["webtoon.zip"] = self._exports.to_webtoon_zip(pngs, book)
        return books
