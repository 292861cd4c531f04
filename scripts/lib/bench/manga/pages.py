"""CPU seconds of single pages: drawn, lettered and painted at 1200 by 1700, and painted again for print at 600 dpi."""

import time
from collections.abc import Callable, Iterator, Mapping
from statistics import median
from typing import Any

from engines.artist import draw_panel
from engines.comic.compose import page_svg
from engines.comic.document import Character, Document, Page, Panel
from engines.comic.exports import to_print_png
from engines.comic.lettering import letter_panel
from engines.comic.render import render_png
from engines.writer import write
from serve_app.manga.schemas import GenerateRequest


def measure_pages(stories: Mapping[str, str], runs: int, pages: int | None = None) -> list[dict[str, Any]]:
    """For each story by name the median and the worst of its pages; ``pages`` takes only the first ones."""
    found: list[dict[str, Any]] = []
    for name, text in stories.items():
        document, sheets = _planned(text)
        chosen = sheets[:pages]
        _svg(document, chosen[0])  # fonts and dictionaries are loaded
        visible = [_rendered(document, page, runs) for page in chosen]
        printed = [_printed(document, page) for page in chosen]
        found.append({"story": name, "pages": len(chosen)} | _figures("page", visible) | _figures("print", printed))
    return found


def _figures(what: str, seconds: list[float]) -> dict[str, float]:
    return {f"{what}_cpu_s": round(median(seconds), 3), f"{what}_cpu_s_worst": round(max(seconds), 3)}


def _seconds(work: Callable[[], Any]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _rendered(document: Document, page: Page, runs: int) -> float:
    return median(_seconds(lambda: render_png(_svg(document, page))) for _ in range(runs))


def _printed(document: Document, page: Page) -> float:
    lettered = _lettered(document, page)
    return _seconds(lambda: to_print_png(lettered, document)) / (page.last - page.number + 1)


def _planned(text: str) -> tuple[Document, list[Page]]:
    brief = GenerateRequest(text=text).model_dump() | {"feedback": [], "take": 0}
    done: dict[str, Any] = {"concept": write("concept", brief, {})}
    for phase in ("characters", "story", "name"):
        done[phase] = write(phase, brief, done)
    named = done["name"]
    document = Document(
        title=named["title"],
        language=named["language"],
        direction=named["direction"],
        characters=[Character.model_validate(each) for each in done["characters"]["cast"]],
    )
    return document, list(_sheets([Panel.model_validate(each) for each in named["panel_specifications"].values()]))


def _sheets(panels: list[Panel]) -> Iterator[Page]:
    for number in sorted({panel.page for panel in panels}):
        yield Page(number=number, panels=[panel for panel in panels if panel.page == number])


def _lettered(document: Document, page: Page) -> Page:
    cast = document.characters
    drawings = {panel.id: draw_panel(panel, cast) for panel in page.panels}
    letterings = {
        panel.id: letter_panel(panel, drawings[panel.id], cast, document.language, document.direction, ruby_mode="auto")
        for panel in page.panels
    }
    return page.model_copy(update={"drawings": drawings, "letterings": letterings})


def _svg(document: Document, page: Page) -> str:
    return page_svg(_lettered(document, page), document)
