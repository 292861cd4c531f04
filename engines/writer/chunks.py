"""Long speech cut for balloons: at sentence ends, then at commas, then between phrases. No character is lost."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import budoux

from engines.comic.lettering.hyphens import fragments
from engines.comic.sentences import bound_to_next, ends

MOST = {"ja": 32, "en": 75}
SENTENCE_JA = re.compile(r".+?(?:[。！？!?…]+[」』）]*\s*|$)", re.DOTALL)
LATIN = re.compile(r"[!-~À-ɏ]")
# a Latin word or address, or what is none
RUN = re.compile(r"[!-~À-ɏ]+|[^!-~À-ɏ]+")
CLAUSE = {"ja": re.compile(r".+?(?:[、，；：]\s*|$)", re.DOTALL), "en": re.compile(r".+?(?:[,;:—]\s+|$)", re.DOTALL)}


@lru_cache(maxsize=1)
def _phrases() -> budoux.Parser:
    return budoux.load_default_japanese_parser()


def chunks(text: str, language: str) -> list[str]:
    """Pieces of at most about ``MOST`` characters; joined they are the text, but for spaces at their ends."""
    most = MOST[language]
    if _room(text, language) <= most * 1.35:
        return [text]
    pieces: list[str] = []
    for sentence in _packed(_sentences(text, language), language, most):
        pieces += _short(sentence, language, most)
    return [piece.strip() for piece in pieces if piece.strip()]


def _room(text: str, language: str) -> float:
    """How much room a text takes, in characters of its language: Latin letters lie on their side in Japanese."""
    return len(text) - 0.5 * len(LATIN.findall(text)) if language == "ja" else len(text)


def _sentences(text: str, language: str) -> list[str]:
    if language == "ja":
        return SENTENCE_JA.findall(text)
    cuts = [0, *(cut for cut in ends(text, "en") if cut < len(text)), len(text)]
    return [text[low:high] for low, high in pairwise(cuts)]


def _short(sentence: str, language: str, most: int) -> list[str]:
    if _room(sentence, language) <= most * 1.35:
        return [sentence]
    found: list[str] = []
    for clause in _packed(CLAUSE[language].findall(sentence), language, most):
        found += (
            [clause]
            if _room(clause, language) <= most * 1.35
            else _packed(_words(clause, language, most), language, most)
        )
    return found


def _words(clause: str, language: str, most: int) -> list[str]:
    if language == "en":
        return [piece for word in _unparted(re.findall(r"\S+\s*", clause)) for piece in _cut(word, most)]
    parts = _whole(_phrases().parse(clause))
    return [piece for part in parts for run in RUN.findall(part) for piece in _cut(run, most)]


def _cut(run: str, most: int) -> list[str]:
    """The letterer parts a long Latin word; one too long for a balloon gets its hyphens here."""
    if not LATIN.match(run):
        return [run[n : n + most] for n in range(0, len(run), most)]
    return [piece + "-" * hyphen for piece, hyphen in fragments(run, MOST["en"])]


def _whole(phrases: Sequence[str]) -> list[str]:
    """Phrases of which none begins inside a Latin word."""
    found: list[str] = []
    for phrase in phrases:
        if found and LATIN.match(found[-1][-1]) and LATIN.match(phrase):
            found[-1] += phrase
        else:
            found.append(phrase)
    return found


def _unparted(words: Sequence[str]) -> list[str]:
    """Words with the titles and numbers that belong to them: Dr. Smith, No. 1."""
    found: list[str] = []
    for word in words:
        if found and bound_to_next(found[-1], word[0]):
            found[-1] += word
        else:
            found.append(word)
    return found


def _packed(parts: Sequence[str], language: str, most: int) -> list[str]:
    """Neighbours put together while they stay short."""
    packed: list[str] = []
    for part in parts:
        if packed and _room(packed[-1] + part, language) <= most:
            packed[-1] += part
        else:
            packed.append(part)
    return packed
