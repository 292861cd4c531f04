"""The stage of a sketch: every place, pose and animal can be drawn, and no head is cut or hidden by another."""

import itertools
import re
from xml.etree import ElementTree

import pytest

from engines.artist import draw_panel
from engines.framepack_draft import words
from engines.framepack_draft.reading import read
from engines.framepack_draft.sketch import draw
from engines.framepack_draft.staging import stage

RATIOS = (0.58, 1.0, 1.73)
SCENES = (
    "a girl on a rooftop",
    "two boys running in a forest",
    "three friends in a cafe",
    "a couple hugging at the station",
    "a woman and her dog walking by the sea",
    "grandfather, child and cat in the kitchen",
    "portrait of a knight",
    "close-up of a man and a woman",
    "a king sitting in a castle, a queen standing",
    "someone lying in a field",
)


def english(table):
    """The first English word of every key."""
    return [entry.partition("|")[2].split()[0].replace("~", " ") for entry in table.values()]


def staged(prompt, seed, ratio):
    panel, characters = stage(read(prompt), seed, prompt, ratio)
    return panel, draw_panel(panel, characters)


@pytest.mark.parametrize("table", [words.PEOPLE, words.ANIMALS, words.PLACES, words.POSES, words.MOODS, words.THINGS])
def test_every_word_that_is_known_can_be_drawn(table):
    for number, word in enumerate(english(table)):
        prompt = word if table is words.PLACES else f"a girl, {word}"
        svg = draw(prompt, number, 1216, 704).svg
        ElementTree.fromstring(svg)
        assert not re.search(r"url\(#tone|#111\b|nan|inf", svg), prompt


@pytest.mark.parametrize("ratio", RATIOS)
@pytest.mark.parametrize("prompt", SCENES)
def test_heads_are_whole_and_apart(prompt, ratio):
    for seed in range(12):
        panel, drawing = staged(prompt, seed, ratio)
        (_, _), (wide, _), (_, high), _ = panel.polygon
        heads = [figure.head for figure in drawing.figures]
        assert len(heads) == len(read(prompt).people)
        for head in heads:
            assert head.w > 8
            assert head.x >= 0
            assert head.y >= 0
            assert head.x + head.w <= wide + 0.2
            assert head.y + head.h <= high + 0.2
        for one, other in itertools.combinations(heads, 2):
            across = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
            down = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
            assert across < 0.2 * one.w or down < 0, (prompt, seed)


def test_what_is_told_is_staged():
    panel, _ = staged("a crying girl with a book in a classroom at night, full body", 3, 1.7)
    assert (panel.background, panel.time_of_day, panel.shot) == ("classroom", "night", "full")
    assert panel.figures[0].expression == "cry"
    assert (panel.props[0].kind, panel.props[0].holder) == ("book", "c1")


@pytest.mark.parametrize("seed", range(20))
def test_rain_falls_outdoors(seed):
    panel, _ = staged("a girl with an umbrella in the rain", seed, 1.7)
    assert panel.effects[0] == "rain"
    assert panel.background in ("street", "field", "rooftop", "sea", "river")


def test_two_persons_differ():
    for seed in range(10):
        _, (one, other) = stage(read("two girls in a park"), seed, "two girls in a park", 1.7)
        assert one.look != other.look


def test_somebody_on_a_wall_stands_higher_than_on_the_ground():
    wall, ground = (draw(f"a cat {where} at night", 2, 1216, 704).svg for where in ("on a wall", "in the street"))
    assert "translate(0 -" in wall
    assert "translate(0 -" not in ground
