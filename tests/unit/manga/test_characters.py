"""Twenty short stories with difficult characters, through the real writer and letterer: no quote and no sign is lost.

The short form letters the plan over blank panels; the slow one also draws and measures every page.
"""

import re
from functools import lru_cache
from pathlib import Path

import pytest

from engines.manga.artist import draw_panel
from engines.manga.checks import check_page
from engines.manga.coverage import coverage
from engines.manga.document import Character, Document, Drawing, Page
from engines.manga.lettering import letter_panel
from foundation.language import clean_text, detect_language
from tests.support.plans import plan_story, planned_panels

FOLDER = Path(__file__).parent / "characters"
TEXTS = {tuple(path.stem.split(".")): clean_text(path.read_text()) for path in sorted(FOLDER.glob("*.txt"))}
stories = pytest.mark.parametrize(("name", "language"), list(TEXTS))


def letter(name, language, drawn):
    """The story as a document, over its drawings or over blank panels."""
    text = TEXTS[name, language]
    plan = plan_story(text, language)
    cast = [Character.model_validate(c) for c in plan["characters"]["cast"]]
    direction = "rtl" if language == "ja" else "ltr"
    pages = {}
    for panel in planned_panels(plan):
        page = pages.setdefault(panel.page, Page(number=panel.page, panels=[]))
        page.panels.append(panel)
        page.drawings[panel.id] = draw_panel(panel, cast) if drawn else Drawing(panel=panel.id, svg="")
        page.letterings[panel.id] = letter_panel(
            panel,
            page.drawings[panel.id],
            cast,
            language,
            direction,
            ruby_mode="auto" if language == "ja" else "marked",
        )
    document = Document(title=name, language=language, direction=direction, characters=cast, pages=list(pages.values()))
    return plan["concept"]["story_text"], document


@lru_cache
def lettered(name, language):
    return letter(name, language, drawn=False)


def test_there_are_twenty_in_both_languages():
    assert len(TEXTS) == 20
    assert all(detect_language(text) == language for (_, language), text in TEXTS.items())


@stories
def test_no_quote_and_no_sign_is_lost(name, language):
    report, checks = coverage(*lettered(name, language))
    assert report["quotes"]["lost"] == []
    assert report["quotes"]["share"] == 1.0
    assert report["quotes"]["given"] >= 3
    assert report["missing_glyphs"] == {"count": 0, "characters": []}
    assert next(check for check in checks if check.name == "quotes_lettered").passed


@stories
def test_what_is_lettered_is_drawn(name, language):
    _, document = lettered(name, language)
    for page in document.pages:
        for lettering in page.letterings.values():
            for balloon in lettering.balloons:
                assert balloon.text_path, balloon.text
                assert not re.search(r"[「」｜《》]$|^[」｜》]", balloon.text), balloon.text
    assert lettered.__wrapped__(name, language)[1] == document


@pytest.mark.slow
@stories
def test_every_page_passes_its_checks(name, language):
    _, document = letter(name, language, drawn=True)
    assert [c for page in document.pages for c in check_page(page, document) if not c.passed] == []
