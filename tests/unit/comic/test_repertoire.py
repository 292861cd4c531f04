"""No character of the sets that stories are written in is lost or printed as 〓, in any style, upright or across."""

import unicodedata

import pytest

from engines.comic.lettering.faces import CHAINS, DRAWN, missing, pieces
from engines.comic.lettering.glyphs import extents, shape
from foundation.language import clean_text

# Coptic letters stand in the block of Greek
COPTIC = range(0x3E2, 0x3F0)
JOYO_ADDED = "俺𠮟塡頰剝填叱頬剥餌餅遡遜謎箸"
EMOJI_ROWS = (
    "😀 😂 🥺 😭 😡 🫨 🫠 🫡 👍 👍🏽 👩🏻‍🦰 👨‍👩‍👧‍👦 👩🏽‍❤️‍💋‍👨🏻 🧑‍🚀 🏃‍♀️ 🏃‍♂️‍➡️ ❤️ ❤️‍🔥 ♥️ ☺️",
    "☠️ ⚔️ ✨ ⭐ 🌸 🔥 💢 💦 💤 💯 🎉 🐱 🐈‍⬛ 🐻‍❄️ 🍙 🍺 🏠 🚃 ⚽ 🎌",
    "🇯🇵 🇺🇸 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏳️‍🌈 🏴‍☠️ 1️⃣ #️⃣ *️⃣ ©️ ™️ ㊗️ ㊙️ 🈲 🆗 ♨️ ☀️ ☂️ ✂️ ☎️ ♻️",
    "▶️ ⏩ ⌚ 🀄 🃏",
)
EMOJI = [emoji for row in EMOJI_ROWS for emoji in row.split()]


def jis_x_0213():
    """Every cell of both planes; some hold two code points. The soft hyphen is a place to break, and unseen."""
    rows = range(0xA1, 0xFF)
    cells = [plane + bytes([row, cell]) for plane in (b"", b"\x8f") for row in rows for cell in rows]
    found = []
    for cell in cells:
        try:
            found.append(cell.decode("euc_jis_2004"))
        except UnicodeDecodeError:
            continue
    return [text for text in found if text != "\xad"]


def assigned(*ranges):
    points = [point for each in ranges for point in each if point not in COPTIC]
    return [chr(p) for p in points if unicodedata.category(chr(p)) not in ("Cn", "Cc", "Cf", "Co", "Cs")]


SETS = {
    "jis_x_0213": jis_x_0213(),
    "joyo_and_kin": list(JOYO_ADDED),
    "cjk_punctuation": assigned(range(0x3000, 0x3040)),
    "box_drawing": assigned(range(0x2500, 0x2580)),
    "kana": assigned(range(0x3040, 0x3100), range(0x31F0, 0x3200), range(0xFF01, 0xFFA0)),
    "greek": assigned(range(0x370, 0x400), range(0x1F00, 0x2000)),
    "cyrillic": assigned(range(0x400, 0x530)),
    "latin": assigned(range(0x20, 0x250), range(0x1E00, 0x1F00)),
    "general_punctuation": assigned(range(0x2010, 0x2070)),
    "enclosed": assigned(range(0x2460, 0x2500), range(0x3200, 0x3400)),
    "symbols": assigned(range(0x2600, 0x27C0)),
    "emoji": EMOJI,
}


def test_the_sets_are_whole():
    # the codec also reads the supplementary kanji of JIS X 0212
    assert len(SETS["jis_x_0213"]) >= 11_233 - 1
    assert {len(text) for text in SETS["jis_x_0213"]} == {1, 2}


@pytest.mark.parametrize("font", list(CHAINS))
@pytest.mark.parametrize("name", list(SETS))
def test_every_character_is_seen(name, font):
    faces_of = {text: pieces(clean_text(text), font) for text in SETS[name] if text.strip()}
    assert [text for text, parts in faces_of.items() if not parts or any(face == DRAWN for face, _ in parts)] == []
    assert [text for text in faces_of if missing(text)] == []


@pytest.mark.parametrize("vertical", [False, True])
@pytest.mark.parametrize("font", ["dialogue", "shout", "latin"])
def test_what_a_face_has_is_shaped(font, vertical):
    for name in ("box_drawing", "cjk_punctuation", "emoji", "joyo_and_kin"):
        for text in SETS[name]:
            glyphs = shape(text, font, vertical).glyphs
            assert all(glyph.gid for glyph in glyphs), text
            assert glyphs or not text.strip(), text


@pytest.mark.parametrize("selector", [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
def test_a_selector_is_never_seen_itself(selector):
    for base in "葛辻城Aあ😀":
        sequence = base + chr(selector)
        assert len([g for g in shape(sequence, "dialogue").glyphs if extents(g)]) == 1, base
        assert missing(sequence) == []


def test_a_compatibility_ideograph_keeps_its_form():
    assert clean_text("神\ufa19海\ufa45") == "神\ufa19海\ufa45"
    assert shape("\ufa19", "dialogue").glyphs[0].gid != shape("神", "dialogue").glyphs[0].gid
