"""Readings beside kanji: which words get one, and what of a word they cover."""

import pytest

from engines.comic.lettering.furigana import grade_of, shared, with_readings
from engines.comic.lettering.ruby import RubyPiece


def read(text, mode):
    return {piece.base: piece.ruby for piece in with_readings(text, mode) if piece.ruby}


def test_the_school_years_have_the_kanji_of_the_list_of_2020():
    grades = list(grade_of().values())
    assert [grades.count(n) for n in range(1, 7)] == [80, 160, 200, 202, 193, 191]
    assert {k: grade_of()[k] for k in "一学夏世潟幹鬱媛我" if k in grade_of()} == {
        "一": 1, "学": 1, "夏": 2, "世": 3, "潟": 4, "媛": 4, "幹": 5, "我": 6,
    }  # fmt: skip


def test_automatic_readings_are_for_compounds_only():
    found = with_readings("放課後の屋上《やね》で見る", "auto")
    assert RubyPiece("放課後", "ほうかご") in found
    assert RubyPiece("屋上", "やね") in found
    assert all(not p.ruby for p in found if "見" in p.base)


def test_a_grade_reads_what_lies_above_it_and_all_reads_everything():
    text = "空を見上げて憂鬱な今日を思い出した"
    assert read(text, "marked") == {}
    assert read(text, "all") == {
        "空": "そら", "見上": "みあ", "憂鬱": "ゆううつ", "今日": "きょう", "思": "おも", "出": "だ",
    }  # fmt: skip
    assert set(read(text, "grade:1")) == {"憂鬱", "今日", "思"}
    assert set(read(text, "grade:6")) == {"憂鬱"}
    for low, high in (("grade:1", "grade:2"), ("grade:2", "grade:4"), ("grade:4", "grade:6")):
        assert set(read(text, high)) <= set(read(text, low))


@pytest.mark.parametrize("mode", ["marked", "auto", "all", "grade:3"])
def test_a_reading_in_the_text_wins(mode):
    assert read("宇宙《そら》へ", mode) == {"宇宙": "そら"}


def test_the_kana_of_a_word_need_no_reading():
    assert shared("見上げる", "みあげる") == [RubyPiece("見上", "みあ"), RubyPiece("げる")]
    assert shared("食べ物", "たべもの") == [RubyPiece("食", "た"), RubyPiece("べ"), RubyPiece("物", "もの")]
    assert shared("ラーメン", "らーめん") == [RubyPiece("ラーメン")]
    assert shared("今日", "きょう") == [RubyPiece("今日", "きょう")]


@pytest.mark.parametrize(
    ("text", "ruby"),
    [
        ("𠮷野家の前で", []),
        ("葛\U000e0100城の家に辻\U000e0102さんが来た", []),
        ("犍陀多は放課後に", [("放課後", "ほうかご")]),
        ("髙橋さんと山﨑さん", [("山﨑", "やまざき")]),
    ],
)
def test_a_part_of_a_name_that_no_dictionary_knows_has_no_reading(text, ruby):
    pieces = with_readings(text, "auto")
    assert "".join(piece.base for piece in pieces) == text
    assert [(piece.base, piece.ruby) for piece in pieces if piece.ruby] == ruby
