"""Sentences, quotes and words where authors leave marks out or use them in unusual ways."""

import pytest

from engines.comic.document import Line
from engines.comic.lettering import horizontal, vertical
from engines.comic.lettering.hyphens import fragments
from engines.comic.lettering.parts import halves, parts_of
from engines.comic.lettering.ruby import parse
from engines.comic.sentences import ends
from engines.writer.chunks import chunks
from engines.writer.passages import split_passages
from tests.support.plans import plan_story, planned_panels

REST = "外では雪が静かに降っていた。夜が来て、町は静かになった。二人はいつまでも窓の前にいた。"


def narrated(text):
    return [p.text for p in split_passages(text, "en") if p.kind == "narration"]


def spoken(text, language):
    return [p.spoken for p in split_passages(text, language) if p.kind != "narration"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Mr. White, who was a patient man, said nothing.",
        "On Baker St. and at No. 10 they met Mrs. Hudson and Dr. J. H. Watson.",
        "He came from the U.S. in a ship of 3.5 tons at 5 p.m. sharp.",
        "Fruit, e.g. apples, pears etc. were sold by Smith Bros. there.",
        "She waited... and waited.",
        "The price rose by 2.5 per cent. in a day, approx. 3 dollars.",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence):
    assert narrated(sentence) == [sentence]
    assert narrated(f"It rained. {sentence} It stopped.") == ["It rained.", sentence, "It stopped."]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("No. I will not. It was I. Then he went.", 4),
        ("He came at 5 p.m. Nobody saw him.", 2),
        ("Really?! Yes... Go!", 3),
        ("There were apples, etc. Then he left.", 2),
    ],
)
def test_sentences_still_end(text, count):
    assert len(narrated(text)) == count
    assert list(ends(text, "en"))[-1] == len(text)


def test_a_long_line_is_not_cut_at_a_title():
    text = (
        "I have been told this morning by Mrs. Hudson and by Dr. Mortimer "
        "that Mr. Stapleton of No. 3 Baker St. will come."
    )
    pieces = chunks(text, "en")
    assert len(pieces) > 1
    assert not any(piece.endswith(("Mrs.", "Dr.", "Mr.", "No.")) for piece in pieces)
    line = Line(id="l", text="I saw the body, Dr. Mortimer, on the moor", kind="speech")
    part = parts_of([line], "en", "marked")[0]
    assert not any(half.text.rstrip().endswith("Dr.") for half in halves(part, "en", "marked"))


def test_a_number_and_a_name_are_not_parted_from_what_is_before_them():
    for block in vertical.blocks(parse("彼はNo.1の名医Dr.スミスだと皆が言う"), "dialogue"):
        assert "No.1" in "|".join(block.lines)
        assert "Dr.ス" in "|".join(block.lines)


def test_a_comma_before_a_tag_is_a_full_stop_and_one_inside_a_sentence_stays():
    assert spoken("“I know,” said Ann. “Come, then,” she cried.", "en") == ["I know.", "Come, then."]
    assert spoken("“I know,” said Ann, “that you came.”", "en") == ["I know,", "that you came."]
    assert spoken("「知ってる、」とアンは言った。", "ja") == ["知ってる、"]


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("Pens, ink, etc.,", "Pens, ink, etc."),
        ("At 5 p.m.,", "At 5 p.m."),
        ("Wait!,", "Wait!"),
        ("Well…,", "Well…"),
        ("So—,", "So—"),
    ],
)
def test_a_sentence_that_has_an_end_before_its_comma_gets_no_other(quote, words):
    assert spoken(f"“{quote}” said Ann.", "en") == [words]


@pytest.mark.parametrize(
    ("text", "quotes"),
    [
        ('"You said "tricky", right?" asked Ann.', ['You said "tricky", right?']),
        ('"The door is closed, said Ann.\n"Open it!"', ["The door is closed.", "Open it!"]),
        ('"The door is closed\n\nAnn went away.', ["The door is closed"]),
        ("'I don't know,' said Tom. 'It's Ann's dog's bone.'", ["I don't know.", "It's Ann's dog's bone."]),
        ("‘I don’t know,’ said Tom. ‘Go!’", ["I don’t know.", "Go!"]),
        ("'Tis the dogs' bone. The 'best' one.", []),
        ('He said "yes" and "no" to "it".', ["yes", "no", "it"]),
        ('"One." "Two," she said. "Three."', ["One.", "Two.", "Three."]),
    ],
)
def test_english_quotes_with_unusual_marks(text, quotes):
    assert spoken(text, "en") == quotes


@pytest.mark.parametrize(
    ("text", "quotes", "rest"),
    [
        ("「おはようとハルは言った。空は青い。", ["おはよう"], ["とハルは言った。", "空は青い。"]),
        ("「おはよう\nハルは笑った。", ["おはよう"], ["ハルは笑った。"]),
        ("「おはよう「こんにちは」ミオが来た。", ["おはよう", "こんにちは"], ["ミオが来た。"]),
        ("空は青い。おはよう」とハルは言った。", ["おはよう"], ["空は青い。", "とハルは言った。"]),
        ("「ああ『いい』ね」", ["ああ『いい』ね"], []),
    ],
)
def test_broken_japanese_brackets_are_mended(text, quotes, rest):
    assert spoken(text, "ja") == quotes
    assert [p.text for p in split_passages(text, "ja") if p.kind == "narration"] == rest


@pytest.mark.parametrize("quote", ["……", "…", "...", "・・・", "。。。", "──", "――", "--", "!!", "😀", "！？", "♪"])
def test_a_quote_of_marks_is_lettered(quote):
    text = f"ハルは窓を見た。\n「{quote}」\n「どうしたの？」とミオは聞いた。" + REST
    lines = [line.text for p in planned_panels(plan_story(text, "ja")) for line in p.lines if line.kind != "narration"]
    assert lines == [quote, "どうしたの？"]
    assert vertical.blocks(parse(quote), "dialogue")[0].glyphs


def test_who_only_says_is_no_caption():
    text = "公園に二人がいた。\nハルは言った。\n「行こう」\nミオはすぐに答えた。\n「うん」\n" + REST
    panels = planned_panels(plan_story(text, "ja"))
    words = [line.text for panel in panels for line in panel.lines]
    assert "ハルは言った。" not in words
    assert "行こう" in words
    assert "うん" in words


def test_a_long_word_gets_hyphens_only_where_a_line_ends():
    for word in ("antidisestablishmentarianism", "Donaudampfschifffahrtsgesellschaft", "x" * 50):
        pieces = fragments(word, 12)
        assert "".join(piece for piece, _ in pieces) == word
        assert all(hyphen for _, hyphen in pieces[:-1])
        assert all(3 <= len(piece) <= 12 for piece, _ in pieces)
    url = "https://example.com/path/to/page?one=1&and=more"
    assert not any(hyphen for _, hyphen in fragments(url, 12))
    assert all(piece[-1] in "/&?=_.-" for piece, _ in fragments(url, 12)[:-1])
    for block in horizontal.blocks("An antidisestablishmentarianism", "latin"):
        joined = "".join(block.lines)
        assert joined.count("-") == sum(line.endswith("-") for line in block.lines)
        assert joined.replace("-", "").replace(" ", "").endswith("antidisestablishmentarianism")
