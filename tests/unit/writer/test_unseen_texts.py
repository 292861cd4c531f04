"""Texts the rules were never shown in the examples: who is there, of which gender, who speaks, and where it is."""

from functools import lru_cache
from pathlib import Path

import pytest

from tests.support.plans import plan_story, planned_panels, speakers

FOLDER = Path(__file__).parent / "texts"
TEXTS = {tuple(path.stem.split(".")): path.read_text() for path in sorted(FOLDER.glob("*.txt"))}
CAST = {
    "hunt": {"Peter": "male", "old hunter": "male"},
    "court": {"Margaret": "female", "Vane": "male", "Simmons": "male", "Harding": "male"},
    "wolf": {"弥平": "male", "お春": "female", "狼": "male"},
    "school": {"夏希": "female", "蓮": "female", "大森": "female"},
    "sf": {"霧島": "male", "リン": "female", "遥": "female"},
    "fable": {"Elsa": "female", "Ogre": "male", "raven": "male", "King": "male"},
}
ALIASES = {
    ("hunt", "Peter"): {"boy", "grandson"},
    ("hunt", "old hunter"): {"hunter", "old man"},
    ("court", "Vane"): {"inspector"},
    ("wolf", "弥平"): {"父", "お父さん"},
    ("fable", "Elsa"): {"princess"},
}
SPEAKERS = {
    "hunt": {"Very well.": "old hunter", "Did you shoot it?": "Peter", "I am not afraid of dreams.": "Peter",
             "Who is there?": "old hunter", "Open, for pity's sake!": None},
    "court": {"Good heavens!": "Margaret", "Almonds.": "Vane", "Who poured this wine?": "Vane", "Then why,": "Vane",
              "You cannot mean that I—": "Margaret"},
    "wolf": {"お父さん、今夜は行かないで": "お春", "心配するな。狼は火を恐れる": "弥平", "ばかなことを言うな": "弥平",
             "でも、きのう庄屋さんが言っていたわ。今度の狼は人の言葉を話すって": "お春", "あけてくれ、弥平": None},
    "school": {"その本、面白い？": "夏希", "うん。……猫が探偵なんだ": "蓮", "犯人は犬でしょ": "夏希",
               "二人とも、もう閉館よ。傘は持ってるの？": "大森", "持ってません": "蓮"},
    "sf": {"着陸まであと十分です": "リン", "通信は？": "霧島", "遥": "霧島"},
    "fable": {"Your father will give you to the Ogre of the Marsh.": "raven", "He has lost you at dice.": "raven",
              "Father, is it true?": "Elsa", "I have come for my bride.": "Ogre"},
}  # fmt: skip
PLACES = {"hunt": "room", "court": "library", "wolf": "tatami", "school": "library", "sf": "space", "fable": "castle"}
texts = pytest.mark.parametrize(("name", "language"), list(TEXTS))


@lru_cache
def plan(name, language):
    return plan_story(TEXTS[name, language], language, name, "")


@texts
def test_the_cast_and_its_genders(name, language):
    cast = plan(name, language)["characters"]["cast"]
    assert {c["name"]: c["look"]["gender"] for c in cast} == CAST[name]
    assert all(ALIASES.get((name, c["name"]), set()) <= set(c["aliases"]) for c in cast)


@texts
def test_who_speaks(name, language):
    speech = speakers(plan(name, language))
    assert {quote: speech[quote] for quote in SPEAKERS[name]} == SPEAKERS[name]


@texts
def test_the_story_begins_where_its_text_says(name, language):
    assert planned_panels(plan(name, language))[0].background == PLACES[name]


def test_who_goes_out_of_the_house_is_outside():
    panels = planned_panels(plan("wolf", "ja"))
    assert [p.background for p in panels].index("field") > 5
    assert panels[-1].background == "field"


def test_a_calling_makes_the_look():
    looks = {c["name"]: c["look"] for c in plan("fable", "en")["characters"]["cast"]}
    assert looks["King"]["accessory"] == looks["Elsa"]["accessory"] == "crown"
    assert looks["King"]["beard"] == "full"
    assert looks["Ogre"]["height"] > 1.2
    assert looks["raven"]["species"] == "crow"
    assert {c["name"]: c["look"]["age"] for c in plan("hunt", "en")["characters"]["cast"]}["old hunter"] == "elder"


def test_who_only_knocks_is_not_shown_as_somebody_else():
    panels = planned_panels(plan("hunt", "en"))
    knocks = [p for p in panels if any("knocked" in line.text for line in p.lines)]
    assert knocks
    assert all(not p.figures for p in knocks)
