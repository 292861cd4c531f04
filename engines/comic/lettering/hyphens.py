"""Where a word too long for its line may be parted: between syllables with a hyphen, in a URL behind its marks.

The syllables are those of English spelling by rule: a consonant goes with the vowel after it, and pairs that are
one sound stay together.
"""

import re

from engines.comic.lettering.faces import JOINER, MARKS, SELECTORS, SKIN, TAGS

URL = re.compile(r"(?:https?://|www\.)\S+|\S+\.(?:com|org|net|jp|html?)(?:/\S*)?", re.IGNORECASE)
URL_BREAK = re.compile(r"(?<=[/&?=_.\-])(?=[^/&?=_.\-])")
VOWELS = "aeiouyà-åè-ïò-öø-ýăāąēěęīıōőūůű"
ONE_SOUND = "th|sh|ch|ph|wh|ck|ng|qu|gh|sc|st|sp|tr|dr|pr|br|cr|gr|fr|fl|pl|cl|bl|gl|sl"
SYLLABLE = re.compile(
    rf"(?<=[{VOWELS}])(?=(?:{ONE_SOUND}|[^\W\d_{VOWELS}])[{VOWELS}])"
    rf"|(?<=[{VOWELS}][^\W\d_{VOWELS}])(?=(?:{ONE_SOUND}|[^\W\d_{VOWELS}])[{VOWELS}])",
    re.IGNORECASE,
)
LEAST = 3
GOES_WITH = re.compile(f"[{MARKS}{SELECTORS}{SKIN}{TAGS}{JOINER}]")


def fragments(word: str, most: int) -> list[tuple[str, bool]]:
    """A word as pieces of at most ``most`` characters, each with whether a line that ends with it gets a hyphen."""
    if len(word) <= most:
        return [(word, False)]
    url = URL.fullmatch(word) is not None
    cuts = [m.start() for m in (URL_BREAK if url else SYLLABLE).finditer(word)]
    found: list[tuple[str, bool]] = []
    start = 0
    while len(word) - start > most:
        end = _cut(word, cuts, start, most)
        found.append((word[start:end], not url and word[end - 1].isalpha() and word[end].isalpha()))
        start = end
    return [*found, (word[start:], False)]


def _cut(word: str, cuts: list[int], start: int, most: int) -> int:
    """The last good place within reach; in a word without one, as far as the line goes."""
    good = [cut for cut in cuts if start + LEAST <= cut <= min(start + most, len(word) - LEAST)]
    end = good[-1] if good else start + min(most, max(LEAST, len(word) - start - LEAST))
    while end < len(word) - 1 and (GOES_WITH.match(word[end]) or word[end - 1] == JOINER):
        end += 1
    return end
