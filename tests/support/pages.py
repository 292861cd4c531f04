"""Finished pages straight from the engines, for tests that look at them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engines.manga.artist import draw_panel
from engines.manga.document import Character, Document, Page, PageLayout, Panel
from engines.manga.lettering import letter_panel
from engines.manga.writer import write

EXAMPLES = Path(__file__).parents[2] / "examples"


def _planned(text: str, language: str, seed: int, layout: str) -> dict[str, Any]:
    brief = {"text": text, "title": None, "genre": None, "seed": seed, "language": language, "feedback": [], "take": 0}
    brief["layout"] = layout
    before = {"concept": write("concept", brief, {})}
    for phase in ("characters", "name"):
        before[phase] = write(phase, brief, before)
    return before


def panels_of(text: str, language: str, seed: int = 0, layout: str = "page") -> list[Panel]:
    """The planned panels of a story, in reading order."""
    specified = _planned(text, language, seed, layout)["name"]["panel_specifications"]
    return [Panel.model_validate(each) for each in specified.values()]


def pages_of(
    text: str, language: str, seed: int = 0, only: int | None = None, layout: PageLayout = "page"
) -> Iterator[tuple[Page, Document]]:
    """The pages of a story with art and lettering, and the document; ``only`` picks one page by number."""
    before = _planned(text, language, seed, layout)
    planned, cast = before["name"], [Character.model_validate(each) for each in before["characters"]["cast"]]
    panels = [Panel.model_validate(each) for each in planned["panel_specifications"].values()]
    document = Document(
        title=planned["title"], language=language, direction=planned["direction"], layout=layout, characters=cast
    )
    for number in sorted({panel.page for panel in panels} if only is None else {only}):
        chosen = [panel for panel in panels if panel.page == number]
        drawings = {panel.id: draw_panel(panel, cast) for panel in chosen}
        letterings = {
            panel.id: letter_panel(panel, drawings[panel.id], cast, language, document.direction, ruby_mode="auto")
            for panel in chosen
        }
        yield Page(number=number, panels=chosen, drawings=drawings, letterings=letterings), document
