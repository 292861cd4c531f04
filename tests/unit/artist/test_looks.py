"""What makes a person recognisable and what a body can do: beards, rags, crowds, lying, climbing, callings."""

from typing import get_args

import pytest
from PIL import ImageChops

from engines.artist import choose_look, draw_panel
from engines.artist.looks import distance
from engines.comic.document import Beard, Figure, Look
from engines.writer.features import with_features
from tests.unit.artist.panels import body_of, ink_share, panel, person, render

VIEWS = ("front", "three_quarter", "profile")
MAN = {"gender": "male", "age": "adult", "hair": "swept", "outfit": "kimono"}


def face(view="front", **look):
    staged = panel(shot="bust", figures=[Figure(character="c1", view=view, facing="right")])
    return render(draw_panel(staged, [person(**{**MAN, **look})]).svg)


@pytest.mark.parametrize("view", VIEWS)
def test_every_beard_changes_the_face_from_every_side(view):
    faces = {beard: face(view, beard=beard).tobytes() for beard in get_args(Beard)}
    assert len(set(faces.values())) == len(get_args(Beard))


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("change", [{"scar": True}, {"accessory": "crown"}, {"hair": "wild"}, {"hair": "topknot"}])
def test_scars_crowns_and_hair_are_seen(view, change):
    assert ImageChops.difference(face(view), face(view, **change)).getbbox()


def test_rags_end_at_the_knee():
    figures = [Figure(character="c1", view="front")]
    whole, torn = (
        draw_panel(panel(shot="full", figures=figures), [person(**MAN, ragged=ragged)]).svg for ragged in (False, True)
    )
    assert whole != torn


@pytest.mark.parametrize("species", ["human", "fox"])
def test_who_lies_is_longer_than_high_and_on_the_ground(species):
    lying, standing = (
        body_of(draw_panel(panel(shot="full", figures=[Figure(character="c1", pose=pose)]), [person(species=species)]))
        for pose in ("lie", "stand")
    )
    assert lying[1].w > lying[1].h
    assert lying[2].y > standing[2].y


def test_who_climbs_hangs_above_the_ground():
    climbing, standing = (
        draw_panel(panel(shot="full", figures=[Figure(character="c1", pose=pose)]), [person(**MAN)]).figures[0].body
        for pose in ("climb", "stand")
    )
    assert climbing.y + climbing.h < standing.y + standing.h - 10


def test_a_crowd_is_several_persons_and_one_box():
    figures = [Figure(character="c1", place=0.5)]
    one, many = (
        draw_panel(panel(shot="full", figures=figures), [person(age="child", crowd=crowd)]) for crowd in (False, True)
    )
    assert len(one.figures) == len(many.figures) == 1
    assert ink_share(render(many.svg)) > ink_share(render(one.svg)) * 1.15


def test_a_giant_is_twice_as_high_as_a_child():
    figures = [Figure(character="c1", place=0.25), Figure(character="c2", place=0.75)]
    cast = [person(1, **{**MAN, "height": 1.7, "build": 1.3}), person(2, age="child")]
    giant, child = (f.body for f in draw_panel(panel(shot="full", figures=figures), cast).figures)
    assert giant.h > 2 * child.h


@pytest.mark.parametrize(
    ("name", "alone", "expected"),
    [
        ("Tom", "Tom was a robber.", {"beard": "full", "scar": True, "ragged": True}),
        ("太郎", "太郎は大泥坊でした。", {"hair": "wild", "scar": True}),
        ("king", "", {"accessory": "crown", "beard": "full"}),
        ("children", "", {"crowd": True}),
        ("Giant", "", {"height": 1.7}),
        ("女", "女は長い髪を枕に敷いていた。", {"hair": "long"}),
    ],
)
def test_callings_and_words_make_features(name, alone, expected):
    look = with_features(Look(gender="female" if name == "女" else "male", age="adult"), name, alone, old=False)
    assert {key: getattr(look, key) for key in expected} == expected


def test_women_and_children_have_no_beards():
    for gender, age in (("female", "elder"), ("female", "adult"), ("male", "child"), ("male", "teen")):
        assert all(choose_look(f"c{n}", "x", gender, age, seed=n).beard == "none" for n in range(20))


def test_men_of_one_story_do_not_look_alike():
    looks: list[Look] = []
    for n in range(5):
        looks.append(choose_look(f"c{n}", f"man{n}", "male", "adult", seed=1, taken=looks))
    assert min(distance(a, b) for i, a in enumerate(looks) for b in looks[i + 1 :]) >= 2.5
