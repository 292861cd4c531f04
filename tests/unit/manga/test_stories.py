"""Eight public-domain stories: who is in them, every word of the talk, selected narration, pages that pass."""

import json
import re
from pathlib import Path

import pytest

from engines.manga import artist, lettering
from engines.manga.checks import check_page
from engines.manga.document import Character, Document, Page, Panel
from engines.manga.writer import write

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
    "frog_king": {"Be quiet, and do not weep,": "frog", "Oh, yes,": "King's daughter"},
    "tell_tale_heart": {"Villains!": "I"},
    "selfish_giant": {"How happy we are here!": "children", "What are you doing here?": "Giant"},
}
TOLD_MOST = 0.42
names = pytest.mark.parametrize("name", list(SOURCES))


def plan(name):
    row = SOURCES[name]
    brief = {
        "text": TEXTS[name],
        "title": row["title"],
        "genre": row["genre"],
        "style": "standard",
        "seed": 0,
        "language": row["language"],
        "feedback": [],
        "take": 0,
    }
    done = {"concept": write("concept", brief, {})}
    for phase in ("characters", "story", "name"):
        done[phase] = write(phase, brief, done)
    return done


def panels_of(planned):
    return [Panel.model_validate(panel) for panel in planned["name"]["panel_specifications"].values()]


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
        squeezed(line.text) for p in panels_of(plan(name)) for line in p.lines if line.kind != "narration"
    )
    assert lettered == "".join(squeezed(quote) for quote in quotes_of(TEXTS[name], SOURCES[name]["language"]))


@names
def test_the_cast_is_the_persons_of_the_story(name):
    cast = plan(name)["characters"]["cast"]
    assert sorted(c["name"] for c in cast) == sorted(CAST[name] + EXTRAS.get(name, []))
    assert len({json.dumps(c["look"]) for c in cast}) == len(cast)
    assert all(c["look"]["species"] == SPECIES[c["name"]] for c in cast if c["name"] in SPECIES)


@names
def test_the_speakers_are_who_the_story_says(name):
    planned = plan(name)
    called = {c["id"]: c["name"] for c in planned["characters"]["cast"]}
    said = {line.text: called.get(line.speaker) for p in panels_of(planned) for line in p.lines}
    assert {quote: said[quote] for quote in SPEAKERS[name]} == SPEAKERS[name]


@names
def test_captions_are_words_of_the_source_and_every_panel_points_into_it(name):
    text, panels = TEXTS[name], panels_of(plan(name))
    for panel in panels:
        assert panel.rule
        assert panel.sources
        assert all(0 <= span.start < span.end <= len(text) for span in panel.sources)
        for line in panel.lines:
            assert squeezed(line.text) in squeezed(text[line.source.start : line.source.end])


@names
def test_pages_have_two_to_eight_panels_and_do_not_only_tell(name):
    panels = panels_of(plan(name))
    told = [p for p in panels if p.lines and all(line.kind == "narration" for line in p.lines)]
    assert len(told) <= TOLD_MOST * len(panels)
    for number in {p.page for p in panels}:
        page = [p for p in panels if p.page == number]
        assert len(page) <= 8
        assert len(page) >= 2 or page[0].size == "splash"
    assert sum(p.size == "splash" for p in panels) <= 1
    assert sum("climax" in p.rule for p in panels) == 1
    shots = [p.shot for p in panels]
    assert all(len(set(shots[n : n + 3])) > 1 or shots[n] != "bust" for n in range(len(shots) - 2))


def faults(name, most=None):
    planned = plan(name)
    cast = [Character.model_validate(c) for c in planned["characters"]["cast"]]
    language, direction = planned["name"]["language"], planned["name"]["direction"]
    document = Document(title=name, language=language, direction=direction, characters=cast)
    found, panels = [], panels_of(planned)
    numbers = sorted({p.page for p in panels})
    for number in numbers if most is None else numbers[len(numbers) // 2 :][:most]:
        shown = [p for p in panels if p.page == number]
        drawings = {p.id: artist.draw_panel(p, cast) for p in shown}
        letterings = {p.id: lettering.letter_panel(p, drawings[p.id], cast, language, direction) for p in shown}
        page = Page(number=number, panels=shown, drawings=drawings, letterings=letterings)
        found += [check for check in check_page(page, document) if not check.passed]
    return found


@names
def test_two_pages_of_each_story_pass_all_checks(name):
    assert faults(name, 2) == []


@pytest.mark.slow
@names
def test_all_pages_of_each_story_pass_all_checks(name):
    assert faults(name) == []
