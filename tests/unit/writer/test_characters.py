"""Twenty short stories with difficult characters, through the real writer and letterer: no quote and no sign is lost.

The short form letters the plan over blank panels; the slow one also draws and measures every page.
"""

import re
from functools import lru_cache
from pathlib import Path

import pytest

from engines.artist import draw_panel
from engines.comic.checks.panel import check_page
from engines.comic.document import Character, Document, Drawing, Page
from engines.comic.lettering import letter_panel
from engines.writer.coverage import coverage
from foundation.language import clean_text, detect_language
from tests.support.plans import plan_story, planned_panels

FOLDER = Path(__file__).parent / "characters"
TEXTS = {tuple(path.stem.split(".")): clean_text(path.read_text()) for path in sorted(FOLDER.glob("*.txt"))}
LONG_SPEECHES = (
    "放課後の屋上で、ハルはミオに長い話をした。\n"
    "「昨日の夜、僕は駅前の古い喫茶店で一人の老人に会ったんだ。その人は戦争の前からこの町に住んでいて、昔の祭"
    "りのことや、なくなった路面電車のことを、まるで昨日のことのように話してくれた。僕は時間を忘れて聞いていた"
    "よ」とハルは言った。\n"
    "「それで遅くなったのね。私、ずっと待っていたのに、電話にも出ないし、家に行っても誰もいないし、もしかした"
    "ら事故にでもあったんじゃないかと思って、本当に心配したんだから。次からはちゃんと連絡してよね」とミオは答"
    "えた。\n"
    "「ごめん。でも、その老人が最後に言った言葉がどうしても忘れられないんだ。『人は会いたい時に会っておかなけ"
    "れば、二度と会えなくなる』って。だから僕は今日、どうしても君に会って、この話をしておきたかったんだ」\n"
    "ミオは黙って空を見た。\n"
)
SMALLEST = 24
stories = pytest.mark.parametrize(("name", "language"), list(TEXTS))


def letter(text, name, language, drawn):
    """The story as a document, over its drawings or over blank panels."""
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
    return letter(TEXTS[name, language], name, language, drawn=False)


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


def test_long_speeches_are_set_in_large_type_over_their_drawings():
    _, document = letter(LONG_SPEECHES, "speeches", "ja", drawn=True)
    balloons = [b for page in document.pages for lettering in page.letterings.values() for b in lettering.balloons]
    assert len(balloons) > 12
    assert min(balloon.font_size for balloon in balloons) >= SMALLEST


@pytest.mark.slow
@stories
def test_every_page_passes_its_checks(name, language):
    _, document = letter(TEXTS[name, language], name, language, drawn=True)
    assert [c for page in document.pages for c in check_page(page, document) if not c.passed] == []
