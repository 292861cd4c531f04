import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.comic.lettering.faces import CHAINS, EMOJI, FONT_DIR, files, missing, resolve
from engines.comic.lettering.glyphs import extents, shape, text_outline

NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


def bounds(path):
    values = [float(n) for n in NUMBERS.findall(path)]
    return min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])


@pytest.mark.parametrize("font", list(CHAINS))
@pytest.mark.parametrize("vertical", [False, True])
def test_box_is_where_the_ink_is(font, vertical):
    path, box = text_outline("ドンッ BOOM", font, 80, vertical)
    left, top, right, bottom = bounds(path)
    assert (left, top) == pytest.approx((0, 0), abs=8)
    assert right <= box.w + 8
    assert bottom <= box.h + 8
    assert right > 0.9 * box.w
    assert (box.h > box.w) == vertical


def test_size_scales_the_outline():
    small, large = text_outline("あ", "dialogue", 10)[1], text_outline("あ", "dialogue", 40)[1]
    assert large.w == pytest.approx(4 * small.w)


def test_vertical_forms_are_used():
    for character in "ー「」、。…（":
        flat = shape(character, "dialogue").glyphs[0].gid
        assert shape(character, "dialogue", True).glyphs[0].gid != flat, character


def test_faces_without_vertical_forms_are_turned():
    assert shape("…", "sfx", True).glyphs[0].turned
    box = extents(shape("…", "sfx", True).glyphs[0])
    assert box[3] - box[1] > box[2] - box[0]


def test_small_kana_stand_in_the_upper_right():
    big, small = extents(shape("つ", "dialogue", True).glyphs[0]), extents(shape("っ", "dialogue", True).glyphs[0])
    assert (small[0] + small[2]) / 2 > (big[0] + big[2]) / 2


def test_missing_character_is_a_geta_and_never_notdef():
    for font in CHAINS:
        assert resolve("한", font) == (("drawn", "〓"),)
        path, box = text_outline("한", font, 50)
        assert path
        assert box.w > 20
    assert resolve("漢", "latin")[0][0] == "shippori-antique"
    assert missing("한국 〓 漢") == ["한", "국"]


@given(st.text(max_size=12), st.sampled_from(list(CHAINS)), st.booleans())
def test_any_text_is_shaped_without_notdef(text, font, vertical):
    run = shape(text, font, vertical)
    assert all(g.gid != 0 or g.face == "drawn" for g in run.glyphs)
    path, box = text_outline(text, font, 30, vertical)
    assert bool(path) == (box.w > 0)


def test_every_face_has_its_licence_beside_it_and_all_are_within_their_room():
    stored = sorted(FONT_DIR.glob("*.ttf"))
    assert sorted(f.stem for f in stored) == files()
    assert sum(f.stat().st_size for f in stored) < 20_000_000
    for file in stored:
        assert "SIL OPEN FONT LICENSE" in file.with_suffix(".OFL.txt").read_text().upper()


def test_an_emoji_sequence_is_one_picture_or_all_its_parts():
    for sequence in ("👨‍👩‍👧", "👍🏽", "1️⃣", "🇯🇵", "❤️", "🧑‍🚀"):
        assert resolve(sequence, "dialogue") == ((EMOJI, sequence),), sequence
        assert shape(sequence, "dialogue").advance == pytest.approx(1, abs=0.1)
    unknown = "🐟\u200d🚀\u200d🍞"
    assert resolve(unknown, "dialogue") == ((EMOJI, "🐟"), (EMOJI, "🚀"), (EMOJI, "🍞"))
    assert resolve("\u200d", "dialogue") == resolve("\ufe0f", "dialogue") == ()


def test_a_selector_chooses_the_form_of_a_name_where_a_face_has_it():
    assert resolve("葛\U000e0100", "dialogue") == (("noto-sans-jp", "葛\U000e0100"),)
    assert resolve("葛\U000e01ef", "dialogue") == (("shippori-antique", "葛"),)
    plain, form = (shape(text, "dialogue").glyphs for text in ("葛城", "葛\U000e0100城"))
    assert len(plain) == len(form) == 2
    assert plain[0] != form[0]


def test_a_word_is_set_in_one_face():
    assert {g.face for g in shape("Ştefan", "dialogue").glyphs} == {"noto-sans"}
    assert {g.face for g in shape("Łódź", "latin").glyphs} == {"comic-neue-bold"}
