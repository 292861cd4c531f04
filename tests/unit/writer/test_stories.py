"""Eight public-domain stories: who is in them, every word of the talk, selected narration, pages that pass."""

import io
import json
import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from engines import artist
from engines.artist import panel as artist_panel
from engines.artist.figure import draw_figure
from engines.comic import compose, lettering, render
from engines.comic.checks.panel import check_page
from engines.comic.document import Character, Document, Page
from tests.support.plans import plan_story, planned_panels, speakers

FOLDER = Path(__file__).parents[3] / "examples" / "stories"
SOURCES = {row["file"].removesuffix(".txt"): row for row in json.loads((FOLDER / "sources.json").read_text())}
TEXTS = {name: (FOLDER / f"{name}.txt").read_text() for name in SOURCES}
CAST = {
    "spider_thread": ["カンダタ", "御釈迦様"],
    "restaurant": ["紳士", "もひとりの紳士"],
    "first_night": ["女", "自分"],
    "gon_the_fox": ["ごん", "兵十", "加助"],
    "fables": ["Lamb", "Wolf", "Lion", "Mouse", "Hare", "Tortoise"],
    "frog_king": ["frog", "King's daughter"],
    "tell_tale_heart": ["I", "old man"],
    "selfish_giant": ["Giant", "children", "boy"],
}
EXTRAS = {"restaurant": ["犬"]}
SPECIES = {"ごん": "fox", "Lamb": "sheep", "Wolf": "wolf", "Lion": "lion", "Mouse": "mouse", "frog": "frog"}
SPEAKERS = {
    "spider_thread": {"しめた。しめた。": "カンダタ"},
    "restaurant": {"ぼくは二千八百円の損害だ。": "もひとりの紳士", "ぼくはもう戻ろうとおもう。": "紳士"},
    "first_night": {"百年待っていて下さい": "女", "百年はもう来ていたんだな": "自分"},
    "gon_the_fox": {"ああん？": "加助", "ほんとかい？": "加助", "ようし。": "兵十", "おねんぶつがあるんだな": "ごん"},
    "fables": {"I have not yet tasted grass.": "Lamb", "You feed in my pasture.": "Wolf"},
    "frog_king": {"Be quiet, and do not weep.": "frog", "Oh, yes.": "King's daughter"},
    "tell_tale_heart": {"Villains!": "I"},
    "selfish_giant": {"How happy we are here!": "children", "What are you doing here?": "Giant"},
}
NARRATED_MOST = 0.42
EMPTY_MOST = 0.3
CELL = 20
BARE = 250
names = pytest.mark.parametrize("name", list(SOURCES))


@lru_cache
def plan(name):
    row = SOURCES[name]
    return plan_story(TEXTS[name], row["language"], row["title"], row["genre"])


def squeezed(text):
    return re.sub(r"\s", "", text)


def quotes_of(text, language):
    """The quotes of a text by a way of their own: a walk over its marks, outermost pairs only."""
    pairs = {"「": "」"} if language == "ja" else {"“": "”", '"': '"'}
    found, at = [], 0
    while at < len(text):
        close = pairs.get(text[at])
        end = text.find(close, at + 1) if close else -1
        if end > 0:
            found.append(text[at + 1 : end])
            at = end
        at += 1
    return found


def test_the_stories_are_named_with_their_sources():
    assert len(SOURCES) == 8
    assert {row["language"] for row in SOURCES.values()} == {"ja", "en"}
    assert len({row["genre"] for row in SOURCES.values()}) >= 4
    assert all("public domain" in row["source"] for row in SOURCES.values())
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(SOURCES)
    assert all(900 <= len(text) <= 2500 for text in TEXTS.values())


@names
def test_no_dialogue_is_lost_or_invented(name):
    lettered = "".join(
        squeezed(line.text) for p in planned_panels(plan(name)) for line in p.lines if line.kind != "narration"
    )
    quotes = quotes_of(TEXTS[name], SOURCES[name]["language"])
    # a comma before a tag is a full stop in a balloon
    assert lettered.replace(".", ",") == "".join(squeezed(quote) for quote in quotes).replace(".", ",")


@names
def test_the_cast_is_the_persons_of_the_story(name):
    cast = plan(name)["characters"]["cast"]
    assert sorted(c["name"] for c in cast) == sorted(CAST[name] + EXTRAS.get(name, []))
    assert len({json.dumps(c["look"]) for c in cast}) == len(cast)
    assert all(c["look"]["species"] == SPECIES[c["name"]] for c in cast if c["name"] in SPECIES)


@names
def test_the_speakers_are_who_the_story_says(name):
    speech = speakers(plan(name))
    assert {quote: speech[quote] for quote in SPEAKERS[name]} == SPEAKERS[name]


@names
def test_captions_are_words_of_the_source_and_every_panel_points_into_it(name):
    text, panels = TEXTS[name], planned_panels(plan(name))
    for panel in panels:
        assert panel.rule
        assert panel.sources
        assert all(0 <= span.start < span.end <= len(text) for span in panel.sources)
        for line in panel.lines:
            assert squeezed(line.text).rstrip(".") in squeezed(text[line.source.start : line.source.end])


def test_the_dead_do_not_stand_up():
    planned = plan("first_night")
    woman = next(c["id"] for c in planned["characters"]["cast"] if c["name"] == "女")
    panels = planned_panels(planned)
    died = next(n for n, p in enumerate(panels) if any("もう死んでいた" in line.text for line in p.lines))
    later = [f.pose for p in panels[died:] for f in p.figures if f.character == woman]
    assert any(f.pose == "lie" for p in panels[:died] for f in p.figures if f.character == woman)
    assert set(later) <= {"lie"}


@names
def test_pages_have_two_to_eight_panels_and_do_not_only_tell(name):
    panels = planned_panels(plan(name))
    entries = [p for p in panels if p.lines and all(line.kind == "narration" for line in p.lines)]
    assert len(entries) <= NARRATED_MOST * len(panels)
    for number in {p.page for p in panels}:
        page = [p for p in panels if p.page == number]
        assert len(page) <= 8
        assert len(page) >= 2 or page[0].size == "splash"
    assert sum(p.size == "splash" for p in panels) <= 1
    assert sum("climax" in p.rule for p in panels) == 1
    shots = [p.shot for p in panels]
    assert all(len(set(shots[n : n + 3])) > 1 or shots[n] != "bust" for n in range(len(shots) - 2))


@lru_cache
def drawn(name, number):
    """A page of a story with its drawings and letterings, and who was drawn with which look."""
    planned = plan(name)
    cast = [Character.model_validate(c) for c in planned["characters"]["cast"]]
    language, direction = planned["name"]["language"], planned["name"]["direction"]
    document = Document(title=name, language=language, direction=direction, characters=cast)
    visible = [p for p in planned_panels(planned) if p.page == number]
    looks = set()

    def recorded(staged, *rest):
        looks.add((staged.character.id, staged.character.look.model_dump_json()))
        return draw_figure(staged, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(artist_panel, "draw_figure", recorded)
        drawings = {p.id: artist.draw_panel(p, cast) for p in visible}
    letterings = {p.id: lettering.letter_panel(p, drawings[p.id], cast, language, direction) for p in visible}
    page = Page(number=number, panels=visible, drawings=drawings, letterings=letterings)
    return document, page, frozenset(looks)


def numbers_of(name):
    return sorted({p.page for p in planned_panels(plan(name))})


def empty_share(document, page):
    """The share of the panel area of a rendered page that is bare paper, outside balloons, and that nobody asked for.

    Focus lines and flashes ask for paper around a face. The page is looked at in squares of ``CELL`` pixels.
    """
    image = Image.open(io.BytesIO(render.render_png(compose.page_svg(page, document)))).convert("L")
    inked = np.asarray(image.reduce(CELL)) < BARE
    mask = Image.new("L", inked.shape[::-1], 0)
    requested = Image.new("L", inked.shape[::-1], 0)
    for panel in page.panels:
        paint(mask, panel.polygon)
        if {"focus_lines", "flash"} & set(panel.effects):
            paint(requested, panel.polygon)
        for balloon in page.letterings[panel.id].balloons:
            paint(requested, balloon.hull)
    panels = np.asarray(mask) > 0
    return float((panels & ~inked & ~(np.asarray(requested) > 0)).sum() / panels.sum())


def paint(image, polygon):
    ImageDraw.Draw(image).polygon([(x / CELL, y / CELL) for x, y in polygon], fill=255)


def faults(name, numbers):
    found = []
    for number in numbers:
        document, page, _ = drawn(name, number)
        found += [check for check in check_page(page, document) if not check.passed]
    return found


def looks_differ(name, numbers):
    """Who is drawn with more than one look on these pages."""
    looks = set().union(*(drawn(name, number)[2] for number in numbers))
    ids = [who for who, _ in looks]
    return sorted({who for who in ids if ids.count(who) > 1})


def two_pages(name):
    numbers = numbers_of(name)
    return numbers[len(numbers) // 2 :][:2]


@names
def test_two_pages_of_each_story_pass_all_checks(name):
    assert faults(name, two_pages(name)) == []
    assert looks_differ(name, two_pages(name)) == []
    assert all(empty_share(*drawn(name, number)[:2]) <= EMPTY_MOST for number in two_pages(name))


@pytest.mark.slow
@names
def test_all_pages_of_each_story_pass_all_checks(name):
    assert faults(name, numbers_of(name)) == []


@pytest.mark.slow
@names
def test_each_character_has_one_look_on_all_pages(name):
    assert looks_differ(name, numbers_of(name)) == []
    planned = {c["id"]: c["look"] for c in plan(name)["characters"]["cast"]}
    seen = {who: json.loads(look) for number in numbers_of(name) for who, look in drawn(name, number)[2]}
    assert {who: look for who, look in seen.items() if who in planned} == {w: planned[w] for w in seen if w in planned}


@pytest.mark.slow
@names
def test_no_page_is_emptier_than_its_plan(name):
    shares = {number: round(empty_share(*drawn(name, number)[:2]), 3) for number in numbers_of(name)}
    assert {number: share for number, share in shares.items() if share > EMPTY_MOST} == {}


def test_an_empty_page_is_found_empty():
    document, page, _ = drawn("frog_king", 1)
    blank = {key: drawing.model_copy(update={"svg": ""}) for key, drawing in page.drawings.items()}
    assert empty_share(document, page.model_copy(update={"drawings": blank})) > 0.6
