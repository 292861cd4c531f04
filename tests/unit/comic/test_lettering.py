import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Polygon, box, contains_xy

from engines.comic.document import Character, Drawing, Line
from engines.comic.lettering import cells as cells_module
from engines.comic.lettering import horizontal, letter_panel, ruby, vertical
from engines.comic.lettering.glyphs import extents
from engines.comic.lettering.parts import halves, parts_of
from tests.support.lettering_cases import JA_WORDS
from tests.support.lettering_samples import ENGLISH, JAPANESE, figure, make_panel, rect


def ink(balloon):
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", balloon.text_path)]
    return np.array(numbers).reshape(-1, 2)


def assert_sound(panel, drawing, lettering):
    frame = Polygon(panel.polygon)
    for balloon in lettering.balloons:
        hull, points = Polygon(balloon.hull), ink(balloon)
        assert contains_xy(hull, points[:, 0], points[:, 1]).all(), "text leaves its balloon"
        assert frame.contains(hull), "balloon leaves its panel"
        for person in drawing.figures:
            h = person.head
            head = box(h.x, h.y, h.x + h.w, h.y + h.h)
            assert hull.intersection(head).area <= 0.01 * head.area, "head covered"
    hulls = [Polygon(b.hull) for b in lettering.balloons]
    assert not any(a.intersects(b) for i, a in enumerate(hulls) for b in hulls[:i])


def assert_words(panel, lettering):
    for line in panel.lines:
        found = "".join(b.text for b in lettering.balloons if b.line == line.id)
        assert found.split() == ruby.plain(line.text).split()


@settings(max_examples=200, deadline=None)
@given(st.lists(JA_WORDS, min_size=1, max_size=9).map("".join))
def test_kinsoku_is_never_violated_and_words_survive(text):
    pieces = ruby.parse(text)
    for block in vertical.blocks(pieces, "dialogue"):
        for before, after in zip(block.lines, block.lines[1:], strict=False):
            assert after[0] not in cells_module.NO_START
            assert before[-1] not in cells_module.NO_END
        assert "".join(block.lines) == cells_module.normal(ruby.plain(text)).strip()


def test_a_block_breaks_between_phrases_when_it_can():
    found = vertical.blocks(ruby.parse("ちょっと待って！そんなの聞いてないよ…!?"), "dialogue")
    best = min((b for b in found if len(b.lines) > 1), key=lambda b: b.penalty)
    assert best.lines[0].endswith(("!", "待って!"))
    assert not any("そん" in (line[-2:]) for line in best.lines)


def test_a_pointing_word_stays_with_its_noun():
    text = "まさか、あの時の約束"
    assert text.index("時") not in cells_module.phrase_starts(text)
    assert text.index("あ", 3) in cells_module.phrase_starts(text)


def test_tate_chu_yoko_and_turned_words():
    by_text = {c.text: c for c in vertical.cells(ruby.parse("12月1999年!?OKだGeminiは3.14"), "dialogue")}
    assert by_text["12"].advance == 1.0
    assert by_text["!?"].advance == 1.0
    assert by_text["1999"].glyphs[0].turned
    assert by_text["3.14"].glyphs[0].turned
    assert not by_text["12"].glyphs[0].turned


def test_long_vowel_bars_join_into_one_stroke():
    bar = next(c for c in vertical.cells(ruby.parse("ああーーー"), "dialogue") if "ー" in c.text)
    assert len(bar.glyphs) == 1
    assert bar.advance == 3
    assert bar.glyphs[0].stretch > 2


def test_brackets_take_about_half_an_em():
    for cell in vertical.cells(ruby.parse("「あ」も、"), "dialogue"):
        if cell.text in "「」":
            assert cell.advance < 0.7


def test_ruby_is_parsed_and_widens_the_block():
    assert ruby.parse("此処《ここ》で｜大人の人《おとな》") == (
        ruby.RubyPiece("此処", "ここ"),
        ruby.RubyPiece("で"),
        ruby.RubyPiece("大人の人", "おとな"),
    )
    assert ruby.plain("此処《ここ》で") == "此処で"
    assert ruby.plain("《一人》でも｜") == "《一人》でも"
    bare, read = (vertical.blocks(ruby.parse(t), "dialogue")[0] for t in ("此処で", "此処《ここ》で"))
    assert read.width > bare.width + 0.4
    assert len(read.glyphs) == len(bare.glyphs) + 2


def test_two_readings_side_by_side_do_not_overprint():
    for text in ("承《うけたまわ》承《うけたまわ》る", "運命《さだめのいとのさき》承《うけたまわ》"):
        block = vertical.blocks(ruby.parse(text), "dialogue")[0]
        small = sorted((extents(g) for g in block.glyphs if g.scale == 0.5), key=lambda box: -box[3])
        assert all(upper[1] >= lower[3] for upper, lower in pairwise(small))


def test_a_bar_without_a_reading_is_not_lettered():
    assert ruby.plain("｜ただの棒と｜漢字《かんじ》｜") == "ただの棒と漢字"
    assert ruby.parse("｜The WORLD《ザ・ワールド》とWORLD《ワールド》") == (
        ruby.RubyPiece("The WORLD", "ザ・ワールド"), ruby.RubyPiece("と"), ruby.RubyPiece("WORLD", "ワールド"),
    )  # fmt: skip
    text = "ああ、ここは｜とても長い道のりで、｜時間《じかん》がかかるだろうと思うのだがどうだろう"
    line = Line(id="l", kind="speech", text=text)
    parts = halves(parts_of([line], "ja", "marked")[0], "ja", "marked")
    assert "".join(part.words for part in parts) == ruby.plain(text)


def test_crossbar_i_is_for_the_pronoun():
    assert horizontal.capitals("I'm", "latin") == "I'M"
    assert horizontal.capitals("I", "latin") == "I"
    assert "I" not in horizontal.capitals("Ivy", "latin")
    assert horizontal.capitals("Ivy", "latin_shout") == "IVY"


def test_latin_lines_swell_in_the_middle():
    found = horizontal.blocks("I told you never to come back here so why did you come at all today", "latin")
    block = next(b for b in found if len(b.lines) == 5)
    widths = [r[2] - r[0] for r in block.rects]
    assert max(widths) == max(widths[1:-1])


@pytest.mark.parametrize(("samples", "language", "direction"), [(JAPANESE, "ja", "rtl"), (ENGLISH, "en", "ltr")])
def test_samples_are_sound_large_and_the_same_twice(samples, language, direction):
    for panel, drawing in samples:
        first, second = (letter_panel(panel, drawing, [], language, direction) for _ in range(2))
        assert first == second
        assert_sound(panel, drawing, first)
        assert_words(panel, first)
        assert [b.order for b in first.balloons] == list(range(1, len(first.balloons) + 1))
        assert all(b.font_size >= 21 for b in first.balloons)


def test_a_line_too_long_for_its_panel_is_split_in_two_balloons():
    text = "あなたがここに来ることは、ずっと前から知っていました。けれども、それを言うことはできなかったのです。"
    panel, drawing = make_panel(1, rect(60, 60, 420, 420), [("speech", text, "c1")], [figure("c1", 205, 190, 150, 190)])
    lettering = letter_panel(panel, drawing, [], "ja", "rtl")
    assert len(lettering.balloons) == 2
    assert {b.line for b in lettering.balloons} == {"p1.panel1.line1"}
    assert_sound(panel, drawing, lettering)
    assert_words(panel, lettering)


def test_a_hopeless_panel_is_lettered_all_the_same():
    panel, drawing = make_panel(1, rect(60, 60, 90, 90), [("speech", "とても長い台詞がここにあります。" * 5, "c1")])
    assert letter_panel(panel, drawing, [], "ja", "rtl").balloons


def test_speaker_and_words_are_in_the_svg_and_escaped():
    panel, drawing = make_panel(1, rect(60, 60, 700, 500), [("speech", 'a < "b" & c', "c1")])
    svg = letter_panel(panel, drawing, [Character(id="c1", name="A&B")], "en", "ltr").svg
    assert 'data-speaker="c1"' in svg
    assert "a &lt; &quot;b&quot; &amp; c" in svg
    assert 'data-name="A&amp;B"' in svg


def test_lines_without_words_make_no_balloon():
    panel, _ = make_panel(1, rect(60, 60, 700, 500), [("speech", "  \n", None)])
    assert letter_panel(panel, Drawing(panel=panel.id, svg=""), [], "ja", "rtl").balloons == []
