"""The draft artist: every word of the contract is drawn, boxes tell the truth, nobody is drawn twice alike."""

import io
import re
from itertools import combinations, zip_longest
from typing import get_args

import pytest
import resvg_py
from PIL import Image, ImageChops

from engines.artist import TONE_DEFS, choose_look, draw_panel, draw_portrait
from engines.artist.camera import span_at
from engines.artist.clip import cut_polygon, cut_segment
from engines.artist.looks import distance
from engines.artist.sfx import overlap
from engines.comic.document import (
    Background,
    Box,
    Character,
    Effect,
    Expression,
    Facet,
    Figure,
    Hair,
    Line,
    Look,
    Outfit,
    Panel,
    Pose,
    Sfx,
    Shot,
)
from tests.unit.artist.panels import SQUARE, TIMES, cast, ink_share, panel, person, render

SLANTED = [(220.0, 20.0), (500.0, 20.0), (420.0, 420.0), (20.0, 420.0)]
ANGLES = ("eye_level", "high", "low", "dutch")
ACCESSORIES = ("none", "glasses", "ribbon", "hairband", "scarf", "hat")
AGES = ("child", "teen", "adult", "elder")


def covering() -> list[Panel]:
    """Panels in which every word of every enumeration occurs; rows are padded by turning the short lists."""
    columns = [
        get_args(Expression),
        get_args(Background),
        get_args(Shot),
        get_args(Pose),
        get_args(Effect),
        TIMES,
        ANGLES,
        ("left", "front", "right"),
        get_args(Facet),
    ]
    out = []
    for i, _ in enumerate(zip_longest(*columns)):
        expression, background, shot, pose, effect, time, angle, facing, view = (c[i % len(c)] for c in columns)
        figures = [Figure(character="c1", expression=expression, pose=pose, facing=facing, view=view, place=0.4)]
        out.append(
            panel(
                background=background,
                shot=shot,
                effects=[effect],
                time_of_day=time,
                camera_angle=angle,
                figures=figures,
            )
        )
    return out


def looks() -> list[Look]:
    columns = [get_args(Hair), get_args(Outfit), ("black", "white", "grey"), ACCESSORIES, AGES, ("female", "male")]
    rows = []
    for i in range(24):
        hair, outfit, tone, accessory, age, gender = (c[(i + i // 8 * k) % len(c)] for k, c in enumerate(columns))
        rows.append(
            Look(
                hair=hair, outfit=outfit, hair_tone=tone, outfit_tone=tone, accessory=accessory, age=age, gender=gender
            )
        )
    return rows


@pytest.mark.parametrize("staged", covering(), ids=lambda p: f"{p.background}-{p.shot}")
def test_every_word_of_the_stage_is_drawn(staged):
    share = ink_share(render(draw_panel(staged, [person()]).svg))
    assert 0.005 < share < 0.60


def test_every_look_is_drawn_and_inks_its_body():
    drawn = set()
    for look in looks():
        who = Character(id="c1", name="a", look=look)
        drawing = draw_panel(panel(shot="full", figures=[Figure(character="c1")]), [who])
        assert 0.03 < ink_share(render(drawing.svg, drawing.figures[0].body)) < 0.75
        drawn.add(drawing.svg)
    assert len(drawn) == len(looks())


@pytest.mark.parametrize("expression", get_args(Expression))
def test_no_two_expressions_have_the_same_face(expression):
    def face(name):
        drawing = draw_panel(panel(shot="close_up", figures=[Figure(character="c1", expression=name)]), [person()])
        return render(drawing.svg)

    mine = face(expression)
    for other in get_args(Expression):
        if other != expression:
            assert ImageChops.difference(mine, face(other)).getbbox() is not None


def test_same_input_same_bytes_and_other_seed_other_set():
    staged = panel(background="forest", effects=["rain"], figures=[Figure(character="c1")])
    assert draw_panel(staged, [person()]).svg == draw_panel(staged, [person()]).svg
    assert draw_panel(staged.model_copy(update={"seed": 4}), [person()]).svg != draw_panel(staged, [person()]).svg


def test_boxes_nest_and_the_head_is_where_they_say():
    for shot in get_args(Shot):
        staged = panel(shot=shot, figures=[Figure(character="c1", expression="angry", place=0.3)])
        drawing = draw_panel(staged, [person()])
        figure = drawing.figures[0]
        head, body = figure.head, figure.body
        assert body.x <= head.x
        assert body.y <= head.y
        assert head.x + head.w <= body.x + body.w + 0.2
        assert head.y + head.h <= body.y + body.h + 0.2
        assert head.x <= figure.mouth[0] <= head.x + head.w
        assert head.y + head.h / 2 <= figure.mouth[1] <= head.y + head.h
        empty = draw_panel(panel(shot=shot), [person()])
        assert ImageChops.difference(render(drawing.svg, head), render(empty.svg, head)).getbbox() is not None


def test_the_person_stays_inside_the_body_box():
    staged = panel(shot="full", figures=[Figure(character="c1", pose="run", facing="right")])
    drawing = draw_panel(staged, [person(hair="ponytail")])
    group = re.search(r'<g id="p1.panel1.figure.c1">.*?</g>', drawing.svg).group()
    box = drawing.figures[0].body
    inked = ImageChops.invert(render(group, Box(x=0, y=0, w=520, h=440))).getbbox()
    slack = 8
    assert inked[0] >= box.x - slack
    assert inked[1] >= box.y - slack
    assert inked[2] <= box.x + box.w + slack
    assert inked[3] <= box.y + box.h + slack


@pytest.mark.parametrize("shot", get_args(Shot))
@pytest.mark.parametrize("polygon", [SQUARE, SLANTED], ids=["square", "slanted"])
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_heads_keep_apart_and_inside_the_polygon(shot, polygon, count):
    figures = [Figure(character=f"c{i + 1}", place=0.5 + 0.05 * i) for i in range(count)]
    heads = [figure.head for figure in draw_panel(panel(shot=shot, polygon=polygon, figures=figures), cast()).figures]
    assert len(heads) == count
    assert all(overlap(a, b) == 0 for a, b in combinations(heads, 2))
    for head in heads:
        for y in (head.y, head.y + head.h):
            left, right = span_at(polygon, y)
            assert left <= head.x
            assert head.x + head.w <= right


def test_lines_push_the_heads_down():
    figures = [Figure(character="c1")]
    plain = draw_panel(panel(shot="medium", figures=figures), [person()]).figures[0].head
    talking = (
        draw_panel(panel(shot="medium", figures=figures, lines=[Line(id="l", text="あ")]), [person()]).figures[0].head
    )
    assert talking.y > plain.y + 15
    assert talking.y - 20 > 0.2 * 400


def test_eight_persons_are_told_apart():
    people = cast()
    assert min(distance(a.look, b.look) for a, b in combinations(people, 2)) >= 3.5
    assert len({(p.look.hair, p.look.hair_tone) for p in people}) >= 6
    assert cast() == people


def test_hints_are_kept():
    look = choose_look("c1", "a", "female", "teen", "kimono", "glasses", 1, [])
    assert (look.outfit, look.accessory) == ("kimono", "glasses")


def test_sounds_are_drawn_off_the_heads_and_boxed():
    staged = panel(
        shot="bust", figures=[Figure(character="c1", place=0.5)], sfx=[Sfx(id="p1.panel1.sfx1", text="ドンッ")]
    )
    drawing = draw_panel(staged, [person()])
    assert '<g id="p1.panel1.sfx1">' in drawing.svg
    (box,) = drawing.sfx
    assert overlap(box, drawing.figures[0].head) == 0
    silent = draw_panel(staged.model_copy(update={"sfx": []}), [person()])
    changed = ImageChops.difference(render(drawing.svg), render(silent.svg)).getbbox()
    assert changed[0] + 20 >= box.x - 2
    assert changed[1] + 20 >= box.y - 2
    assert changed[2] + 20 <= box.x + box.w + 2
    assert changed[3] + 20 <= box.y + box.h + 2


def test_art_covers_the_polygon_and_ids_are_addressable():
    drawing = draw_panel(panel(background="sea", figures=[Figure(character="c1")]), [person()])
    for name in ("drawing", "background", "figure.c1", "effects"):
        assert f'<g id="p1.panel1.{name}"' in drawing.svg
    red = f'<rect width="520" height="440" fill="#f00"/>{drawing.svg}'
    page = f'<svg xmlns="http://www.w3.org/2000/svg" width="520" height="440"><defs>{TONE_DEFS}</defs>{red}</svg>'
    image = (
        Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=page, skip_system_fonts=True))))
        .convert("RGB")
        .crop((20, 20, 500, 420))
    )
    assert all(abs(pixel[0] - pixel[1]) < 8 for pixel in image.get_flattened_data())


def test_tones_are_defined_once_and_never_rotated():
    used = set()
    for staged in covering():
        used |= set(re.findall(r"url\(#([^)]+)\)", draw_panel(staged, [person()]).svg))
    known = re.findall(r'<pattern id="([^"]+)"', TONE_DEFS)
    assert used <= set(known)
    assert len(known) == len(set(known))
    assert all(name.startswith("tone-") for name in known)
    assert "patternTransform" not in TONE_DEFS


def test_portrait_is_a_document_of_the_size_asked_for():
    image = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=draw_portrait(person(), 600, 500)))))
    assert image.size == (600, 500)
    assert 0.02 < ink_share(image.convert("L")) < 0.6
    assert draw_portrait(person(), 600, 500) == draw_portrait(person(), 600, 500)


def test_unknown_characters_are_left_out():
    assert draw_panel(panel(figures=[Figure(character="c9")]), [person()]).figures == []


def test_cutting_keeps_what_is_inside():
    window = (0.0, 0.0, 10.0, 10.0)
    assert sorted(cut_polygon([(-5, -5), (25, -5), (25, 25), (-5, 25)], window)) == [(0, 0), (0, 10), (10, 0), (10, 10)]
    assert cut_polygon([(20, 20), (30, 20), (30, 30)], window) == []
    assert cut_segment((-10, 5), (20, 5), window) == ((0, 5), (10, 5))
    assert cut_segment((-10, 50), (20, 50), window) is None
