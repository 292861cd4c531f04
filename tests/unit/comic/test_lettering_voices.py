"""How voices look: emphasis and thought lean, machines crackle, the unseen speak from outside, phrases join."""

import math

import pytest
from shapely import Point, Polygon

from engines.comic.checks.measure import path_shape
from engines.comic.lettering import horizontal, letter_panel, vertical
from engines.comic.lettering.cells import normal
from engines.comic.lettering.emphasis import unmarked
from engines.comic.lettering.glyphs import face
from engines.comic.lettering.ruby import parse
from tests.support.lettering_samples import figure, make_panel, rect

ITALIC, UPRIGHT = "comic-neue-bold-italic", "comic-neue-bold"


def faces(text, font):
    block = horizontal.blocks(text, font)[0]
    return [(glyph.face, glyph.gid) for glyph in block.glyphs]


def gid(name, letter):
    return name, face(name).get_nominal_glyph(ord(letter))


def test_emphasis_leans_and_thoughts_lean_but_for_emphasis():
    assert [name for name, _ in faces("a *bc* d", "latin")] == [UPRIGHT] * 2 + [ITALIC] * 3 + [UPRIGHT]
    assert [name for name, _ in faces("a _bc_ d", "latin_italic")] == [ITALIC] * 2 + [UPRIGHT] * 3 + [ITALIC]


def test_marks_of_emphasis_are_not_lettered_and_others_are():
    assert unmarked("I *said* _no_, 2 * 3 * 4, snake_case_name, *") == "I said no, 2 * 3 * 4, snake_case_name, *"
    block = horizontal.blocks("so *very very* far", "latin")[0]
    assert block.lines == ("so very very far",)


@pytest.mark.parametrize(("font", "name"), [("latin", UPRIGHT), ("latin_italic", ITALIC)])
def test_the_crossbar_i_is_for_the_pronoun_in_both_faces(font, name):
    crossbar = gid(name, "I")
    assert faces("I", font) == [crossbar]
    assert crossbar not in faces("ice is in iris", font)
    assert faces("I'm", font)[0] == faces("I'd've", font)[0] == crossbar


def test_greek_capitals_carry_no_accents():
    assert faces("Καλημέρα", "latin") == faces("ΚΑΛΗΜΕΡΑ", "latin")
    assert faces("προϋπόθεση", "latin") == faces("ΠΡΟΫΠΟΘΕΣΗ", "latin")
    assert faces("é", "latin") != faces("e", "latin")


def test_a_pronoun_alone_may_be_emphasised():
    assert gid(ITALIC, "I") in faces("and *I* know", "latin")
    assert gid(ITALIC, "I") not in faces("and *in* know", "latin")


def test_a_voicing_mark_stands_beside_its_letter_in_one_cell():
    plain, voiced = (vertical.cells(parse(text), "dialogue") for text in ("ああ", "あ゛あ"))
    assert [cell.advance for cell in voiced] == [cell.advance for cell in plain]
    assert len(voiced[0].glyphs) == 2
    assert voiced[0].glyphs[1].x > voiced[0].glyphs[0].x
    assert normal("か゛ハ゜") == "がパ"


def one(kind, text, who, figures, language="ja"):
    panel, drawing = make_panel(1, rect(60, 60, 900, 700), [(kind, text, who)], figures)
    return panel, letter_panel(panel, drawing, [], language, "rtl" if language == "ja" else "ltr").balloons[0]


def test_a_machine_has_teeth_all_around_and_points_at_no_person():
    _, radio = one("radio", "まもなく電車がまいります", "c1", [figure("c1", 480, 350, 90, 110)])
    _, spoken = one("speech", "まもなく電車がまいります", "c1", [figure("c1", 480, 350, 90, 110)])
    corners = lambda balloon: Polygon(balloon.hull).area / Polygon(balloon.hull).convex_hull.area  # noqa: E731
    assert corners(radio) < 0.97 < corners(spoken)
    assert spoken.tail is not None
    assert radio.tail is None or math.dist(radio.tail, (525, 436)) > 100


@pytest.mark.parametrize("who", ["c9", None])
def test_a_voice_from_outside_has_a_tail_to_the_nearest_side(who):
    heads = [figure("c1", 100 + 120 * n, 90, 100, 120) for n in range(7)]
    panel, balloon = one("speech", "誰かいるのか？", who, heads)
    assert balloon.tail is not None
    side = Polygon(panel.polygon).exterior
    body, tip = Polygon(balloon.hull), balloon.tail
    assert side.distance(Point(tip)) < side.distance(body)
    assert path_shape(balloon.outline).area > body.area


def test_two_phrases_of_one_speaker_join_and_of_two_do_not():
    def outlines(second):
        lines = [("speech", "待って！", "c1"), ("speech", "行かないで。", second)]
        panel, drawing = make_panel(1, rect(60, 60, 700, 700), lines, [figure("c1", 380, 420, 90, 110)])
        a, b = letter_panel(panel, drawing, [], "ja", "rtl").balloons
        return path_shape(a.outline).distance(path_shape(b.outline)), b

    near, joined = outlines("c1")
    apart, _ = outlines("c2")
    assert near < 0.5
    assert joined.tail is None
    assert apart > 2


def test_whispers_are_dashed_and_thoughts_have_bubbles():
    panel, drawing = make_panel(
        1, rect(60, 60, 900, 700), [("whisper", "しっ", "c1"), ("thought", "まさか", "c1")],
        [figure("c1", 480, 400, 90, 110)],
    )  # fmt: skip
    lettering = letter_panel(panel, drawing, [], "ja", "rtl")
    whisper, thought = lettering.svg.split("</g>")[:2]
    assert "stroke-dasharray" in whisper
    assert "stroke-dasharray" not in thought
    assert path_shape(lettering.balloons[1].outline).geom_type == "MultiPolygon"
