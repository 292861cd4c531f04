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
KANA = re.compile(r"[\u3041-\u30ff\uff66-\uff9f]")
JAPANESE = re.compile(r"[\u3005\u3007\u3041-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]")
LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
LEAST_LETTERS = 4
LEAST_SHARE = 0.5


def clean_text(text: str) -> str:
    """Text without control and invisible characters, with plain line ends.

    Raises InvalidInput for half characters (lone surrogates), which no store takes.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput("the text holds half of a surrogate pair") from error
    unified = text.replace("\r\n", "\n").replace("\r", "\n")
    return composed(CONTROL.sub("", unified))


def composed(text: str) -> str:
    """Text in NFC, but for the compatibility ideographs (神 of U+FA19): NFC would write names with another form."""
    return PLAIN.sub(lambda match: unicodedata.normalize("NFC", match[0]), text)


def detect_language(text: str) -> str:
    """``ja`` or ``en``. Raises InvalidInput when the letters are mostly neither."""
    letters = [c for c in text if unicodedata.category(c).startswith("L")]
    if len(letters) < LEAST_LETTERS:
        raise InvalidInput(f"the text has {len(letters)} letters; a story needs words")
    japanese = sum(1 for c in letters if JAPANESE.match(c))
    latin = sum(1 for c in letters if LATIN.match(c))
    if japanese + latin < LEAST_SHARE * len(letters):
        raise InvalidInput("the text is neither Japanese nor in Latin letters")
    if KANA.search(text) or japanese > latin:
        return "ja"
    return "en"
