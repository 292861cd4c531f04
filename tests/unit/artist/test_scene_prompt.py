"""What image models are told: everything of the panel, no name, nothing of what is said."""

from typing import get_args

import pytest

from engines.artist import scene_vocabulary as scene_words
from engines.artist.scene_prompt import NEGATIVE, portrait_prompt, scene_prompt, version
from engines.comic import document
from engines.comic.document import Character, Figure, Line, Look, Panel, Prop

CAST = [
    Character(id="c1", name="ハル", look=Look(gender="male", hair="spiky", accessory="glasses")),
    Character(id="c2", name="ミオ", look=Look(hair="bob", outfit="sailor")),
    Character(id="c3", name="ごん", look=Look(species="fox")),
]


def panel(**changes):
    options = {
        "id": "p1.panel1",
        "page": 1,
        "number": 1,
        "scene": 1,
        "polygon": [(0, 0), (300, 0), (300, 200), (0, 200)],
        "background": "rooftop",
        "time_of_day": "night",
        "effects": ["rain", "gloom"],
        "figures": [
            Figure(character="c2", place=0.8, pose="run", expression="cry", facing="left"),
            Figure(character="c3", place=0.2, view="back"),
        ],
        "props": [Prop(kind="umbrella", holder="c2")],
        "lines": [Line(id="p1.panel1.line1", text="SECRET-WORDS", speaker="c2")],
    }
    return Panel(**(options | changes))


def test_a_prompt_tells_what_the_panel_shows_and_whose_sheets_go_along():
    answer = scene_prompt(panel(), CAST, {"c2": "She has a small mole."})
    assert answer.references == ["c2", "c3"]
    assert (answer.aspect, answer.negative) == (1.5, NEGATIVE)
    for words in ("roof", "at night", "rains", "umbrella", "a bob (black)", "running", "in tears", "on the right",
                  "a fox", "seen from behind", "Person 2", "small mole", "no speech balloons"):  # fmt: skip
        assert words in answer.prompt, words
    assert "$" not in answer.prompt


def test_names_and_words_stay_out():
    prompt = scene_prompt(panel(), CAST).prompt
    for one in CAST:
        assert one.name not in prompt
    assert "SECRET-WORDS" not in prompt


def test_an_empty_panel_says_that_nobody_is_there():
    answer = scene_prompt(panel(figures=[], props=[], effects=[]), CAST)
    assert "Nobody is there." in answer.prompt
    assert answer.references == []


def test_a_sheet_tells_the_look_alone():
    answer = portrait_prompt(CAST[0])
    assert "a teenage boy with spiky hair (black), glasses" in answer.prompt
    assert answer.references == []
    assert len(version()) == 16


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (document.Shot, "SHOTS"),
        (document.Background, "PLACES"),
        (document.Expression, "MOODS"),
        (document.Expression, "FACES"),
        (document.Pose, "POSES"),
        (document.PropKind, "PROPS"),
        (document.Hair, "HAIR"),
        (document.Outfit, "OUTFITS"),
    ],
)
def test_every_word_of_the_document_can_be_told(kind, table):
    assert set(get_args(kind)) == set(getattr(scene_words, table))


def test_every_effect_can_be_told():
    assert set(get_args(document.Effect)) == {*scene_words.EFFECTS, *scene_words.WEATHER}


@pytest.mark.parametrize(
    ("look", "phrase"),
    [
        (Look(age="elder", gender="male", hair="bald", beard="long"), "an old man with a bald head, a long beard"),
        (Look(crowd=True, age="child"), "several persons, each a girl"),
        (Look(species="bird", crowd=True), "several animals: birds"),
        (Look(scar=True, ragged=True), "a scar on the face, wearing a grey shirt, ragged"),
    ],
)
def test_looks_are_told_in_one_phrase(look, phrase):
    assert phrase in scene_words.look_of(look)
