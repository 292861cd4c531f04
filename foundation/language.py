"""Text from strangers: what is removed, what is refused, which language it is."""

import re
import unicodedata

from foundation.errors import InvalidInput

# a joiner between two pictures makes one emoji of them
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]"
    r"|(?<![\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
PLAIN = re.compile(r"[^\uf900-\ufaff\U0002f800-\U0002fa1f]+")
KANA = re.compile(r"[\u3041-\u3096\u309d-\u30fa\u30fd-\u30ff\uff66-\uff9f]")
HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
JAPANESE = re.compile(r"[\u3005\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U000323af]")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
QUOTED = re.compile(r"「[^「」]*」|『[^『』]*』|“[^“”]*”|\"[^\"\n]*\"")
LEAST_LETTERS = 4
LEAST_SHARE = 0.5
# a Japanese letter weighs as much as so many Latin ones
LETTER_WEIGHT = 3
# words of modern Chinese that Japanese does not write, and those that it seldom does
CHINESE_WORDS = frozenset("你您她們這嗎麼呢吧啊很沒哪咱們啦喔噢嘛吗么们这还谁从孩个裡跑它找爸妈媽")
CHINESE_PARTICLES = frozenset("的了是他")
JAPANESE_COMPOUNDS = re.compile(
    "是[非正認]|国是|[完終修満魅未校]了|了[解承見]|他[人国者社方界]|[自利]他|的[中確]|目的|、了"
)
LEAST_PARTICLES = 3
KANA_SHARE, MOST_KANA, LONG_WITHOUT_KANA = 0.1, 0.3, 100
TAKEN = "stories in Japanese, and in English and other languages in Latin letters, are taken"


def clean_text(text: str) -> str:
    """Text without control and invisible characters, with plain line ends.

    Raises InvalidInput for half characters (lone surrogates), which no store takes.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("the text contains half of a surrogate pair") from error
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return composed(CONTROL.sub("", unified))


def composed(text: str) -> str:
    """Text in NFC, but for the compatibility ideographs (神 of U+FA19): NFC would write names with another form."""
    return PLAIN.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)


def detect_language(text: str) -> str:
    """``ja`` or ``en``. Raises InvalidInput when the letters are mostly neither, or when the text is Chinese."""
    letters = [c for c in text if unicodedata.category(c).startswith("L")]
    if len(letters) < LEAST_LETTERS:
        raise InvalidInput(f"the text has {len(letters)} letters; a story needs words; {TAKEN}")
    japanese = sum(1 for c in letters if JAPANESE.match(c))
    latin = sum(1 for c in letters if LATIN.match(c))
    if japanese + latin < LEAST_SHARE * len(letters):
        raise InvalidInput(f"the text is neither Japanese nor in Latin letters; {TAKEN}; translate the text first")
    if japanese * LETTER_WEIGHT < latin:
        return "en"
    if is_chinese(text):
        raise InvalidInput(f"the text is Chinese; {TAKEN}; translate the text first")
    return "ja"


def is_chinese(text: str) -> bool:
    """Whether ideographs without kana are Chinese and not Japanese or kanbun; quotes count where nothing else is.

    Chinese shows by letters that no Japanese standard has, by its pronouns and particles, or by length without kana.
    """
    narration = QUOTED.sub("", text)
    narration = narration if len(HAN.findall(narration)) + len(KANA.findall(narration)) >= LEAST_LETTERS else text
    ideographs, kana = HAN.findall(narration), len(KANA.findall(narration))
    foreign = sum(c in CHINESE_WORDS or not _is_japanese_kanji(c) for c in ideographs)
    if kana > KANA_SHARE * (len(ideographs) + kana):
        return kana < MOST_KANA * (len(ideographs) + kana) and foreign > KANA_SHARE * len(ideographs)
    particles = [c for c in JAPANESE_COMPOUNDS.sub("", narration) if c in CHINESE_PARTICLES]
    often = len(particles) >= max(LEAST_PARTICLES, 0.03 * len(ideographs)) and len(set(particles)) > 1
    strange = foreign >= 2 and foreign >= 0.02 * len(ideographs)
    return strange or often or (foreign == 1 and bool(particles)) or (not kana and len(ideographs) >= LONG_WITHOUT_KANA)


def _is_japanese_kanji(character: str) -> bool:
    try:
        character.encode("shift_jis_2004")
    except UnicodeEncodeError:
        return False
    return True


def check_language(text: str, language: str) -> None:
    """Raises InvalidInput where a text has next to no letters of the requested language."""
    japanese, latin = len(JAPANESE.findall(text)), len(LATIN.findall(text))
    own, found = (japanese, "Latin letters") if language == "ja" else (latin, "Japanese")
    if own < KANA_SHARE * (japanese + latin):
        raise InvalidInput(f"language is {language}, but the text is in {found}; leave language out or correct it")
