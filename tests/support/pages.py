"""Finished pages straight from the engines, for tests that look at them."""

from collections.abc import Iterator
from pathlib import Path

from engines.manga.artist import draw_panel
from engines.manga.document import Character, Document, Page, Panel
from engines.manga.lettering import letter_panel
from engines.manga.writer import write

EXAMPLES = Path(__file__).parents[2] / "examples"


def pages_of(text: str, language: str, seed: int = 0, only: int | None = None) -> Iterator[tuple[Page, Document]]:
    """The pages of a story with art and lettering, and the document; ``only`` picks one page by number."""
    brief = {"text": text, "title": None, "genre": None, "seed": seed, "language": language, "feedback": [], "take": 0}
    before = {"concept": write("concept", brief, {})}
    for phase in ("characters", "name"):
        before[phase] = write(phase, brief, before)
    cast = [Character.model_validate(each) for each in before["characters"]["cast"]]
    planned = before["name"]
    panels = [Panel.model_validate(each) for each in planned["panel_specifications"].values()]
    document = Document(title=planned["title"], language=language, direction=planned["direction"], characters=cast)
    for number in sorted({panel.page for panel in panels} if only is None else {only}):
        chosen = [panel for panel in panels if panel.page == number]
        drawings = {panel.id: draw_panel(panel, cast) for panel in chosen}
        letterings = {
            panel.id: letter_panel(panel, drawings[panel.id], cast, language, document.direction, ruby_mode="auto")
            for panel in chosen
        }
        yield Page(number=number, panels=chosen, drawings=drawings, letterings=letterings), document
