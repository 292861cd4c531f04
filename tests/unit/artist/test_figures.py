"""The persons, animals, things and places of the draft artist, one by one."""

from functools import lru_cache
from typing import get_args

import pytest
from PIL import ImageChops

from engines.artist import draw_panel
from engines.comic.document import Background, Facet, Figure, Hair, Panel, Pose, Prop, PropKind, Shot, Species
from tests.unit.artist.panels import TIMES, body_of, cast, ink_share, panel, person, render

SIDES = ("front", "three_quarter", "profile", "back")


def holds(outer, inner, slack=8):
    return (
        inner[0] >= outer.x - slack
        and inner[1] >= outer.y - slack
        and inner[2] <= outer.x + outer.w + slack
        and inner[3] <= outer.y + outer.h + slack
    )


@pytest.mark.parametrize("pose", get_args(Pose))
@pytest.mark.parametrize("view", get_args(Facet))
def test_every_pose_is_drawn_from_every_side_inside_its_box(pose, view):
    staged = panel(shot="full", figures=[Figure(character="c1", pose=pose, view=view, facing="right")])
    ink, body, head = body_of(draw_panel(staged, [person(outfit="sailor")]))
    assert holds(body, ink.getbbox())
    assert holds(body, (head.x, head.y, head.x + head.w, head.y + head.h), 1)
    assert (
        ink_share(ImageChops.invert(ink.crop((int(head.x), int(head.y), int(head.x + head.w), int(head.y + head.h)))))
        > 0.02
    )


@pytest.mark.parametrize("view", SIDES)
@pytest.mark.parametrize("hair", get_args(Hair))
def test_every_hair_has_four_sides_and_the_head_box_holds_its_crown(hair, view):
    staged = panel(shot="bust", figures=[Figure(character="c1", view=view, facing="left")])
    ink, _, head = body_of(draw_panel(staged, [person(hair=hair, accessory="none")]))
    assert abs(ink.getbbox()[1] - head.y) < 16
    others = [each for each in SIDES if each != view]
    assert bust(hair, view) not in [bust(hair, other) for other in others]


@lru_cache
def bust(hair, view):
    staged = panel(shot="bust", figures=[Figure(character="c1", view=view, facing="left")])
    return draw_panel(staged, [person(hair=hair)]).svg


@pytest.mark.parametrize("shot", get_args(Shot))
@pytest.mark.parametrize("species", [name for name in get_args(Species) if name != "human"])
def test_every_animal_is_drawn_inside_its_box(species, shot):
    for pose, expression in (("stand", "neutral"), ("run", "angry"), ("sit", "joy")):
        staged = panel(shot=shot, figures=[Figure(character="c1", pose=pose, expression=expression, facing="left")])
        drawing = draw_panel(staged, [person(species=species)])
        ink, body, head = body_of(drawing)
        assert head.w > 10
        assert holds(body, ink.crop((20, 20, 500, 420)).getbbox(), 30)
        assert 0.01 < ink_share(render(drawing.svg)) < 0.6


@pytest.mark.parametrize("kind", get_args(PropKind))
@pytest.mark.parametrize("holder", ["c1", None])
def test_every_prop_is_drawn_held_or_standing(kind, holder):
    figures = [Figure(character="c1", place=0.3)]
    bare = panel(shot="full", figures=figures)
    with_it = panel(shot="full", figures=figures, props=[Prop(kind=kind, holder=holder, place=0.8)])
    assert draw_panel(with_it, [person()]).svg != draw_panel(bare, [person()]).svg
    alone = panel(shot="close_up", props=[Prop(kind=kind)])
    empty = panel(shot="close_up")
    assert ImageChops.difference(render(draw_panel(alone, []).svg), render(draw_panel(empty, []).svg)).getbbox()


@pytest.mark.parametrize("time", TIMES)
@pytest.mark.parametrize("background", get_args(Background))
def test_every_place_is_inked_within_bounds_at_every_hour(background, time):
    for shot in ("long", "bust"):
        share = ink_share(render(draw_panel(panel(background=background, shot=shot, time_of_day=time), []).svg))
        assert 0.005 < share < 0.6


def test_over_the_shoulder_the_last_stands_before_the_others_with_its_back_to_us():
    figures = [Figure(character="c1", place=0.3), Figure(character="c2", place=0.8)]
    drawing = draw_panel(panel(shot="over_shoulder", figures=figures), cast())
    first, last = drawing.figures
    assert last.head.w > first.head.w
    assert last.head.x > first.head.x + first.head.w
    assert drawing.svg.index("figure.c2") > drawing.svg.index("figure.c1")


def test_two_who_embrace_stand_close():
    def gap(pose):
        figures = [
            Figure(character="c1", pose=pose, facing="right", place=0.2),
            Figure(character="c2", pose=pose, facing="left", place=0.8),
        ]
        a, b = (f.head for f in draw_panel(panel(shot="full", figures=figures), cast()).figures)
        return b.x - a.x - a.w

    assert 0 <= gap("hug") < 20 < gap("stand")


def test_places_behind_near_persons_are_drawn_lighter():
    far, near = (draw_panel(panel(shot=shot, background="rooftop"), []).svg for shot in ("full", "bust"))
    assert len(near) < len(far)
    assert ink_share(render(near)) < ink_share(render(far))


def test_a_panel_is_small_and_old_documents_stay_valid():
    figures = [Figure(character=f"c{i}", place=i / 5) for i in range(1, 5)]
    for background in get_args(Background):
        assert len(draw_panel(panel(shot="full", background=background, figures=figures), cast()).svg) < 200_000
    old = panel(figures=[Figure(character="c1")]).model_dump(mode="json")
    del old["props"], old["figures"][0]["view"]
    assert Panel.model_validate(old) == panel(figures=[Figure(character="c1")])
