"""Finished pages straight from the engines, for tests that look at them."""

from collections.abc import Iterator
from pathlib import Path

from engines.artist import draw_panel
from engines.comic.document import Character, Document, Page, PageLayout, Panel
from engines.comic.lettering import letter_panel
from tests.support.plans import Plan, plan_story, planned_panels

EXAMPLES = Path(__file__).parents[2] / "examples"


def _planned(text: str, language: str, seed: int, layout: str) -> Plan:
    return plan_story(text, language, seed=seed, layout=layout, phases=("characters", "name"))


def panels_of(text: str, language: str, seed: int = 0, layout: str = "page") -> list[Panel]:
    """The planned panels of a story, in reading order."""
    return planned_panels(_planned(text, language, seed, layout))


def pages_of(
    text: str, language: str, seed: int = 0, only: int | None = None, layout: PageLayout = "page"
) -> Iterator[tuple[Page, Document]]:
    """The pages of a story with art and lettering, and the document; ``only`` picks one page by number."""
    before = _planned(text, language, seed, layout)
    planned, cast = before["name"], [Character.model_validate(each) for each in before["characters"]["cast"]]
    panels = planned_panels(before)
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
