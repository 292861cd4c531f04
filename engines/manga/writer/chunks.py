"""Long speech cut for balloons: at sentence ends, then at commas, then between phrases. No character is lost."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import budoux

from engines.manga.sentences import bound_to_next, ends

MOST = {"ja": 32, "en": 75}
SENTENCE_JA = re.compile(r".+?(?:[。！？!?…]+[」』）]*\s*|$)", re.DOTALL)
CLAUSE = {"ja": re.compile(r".+?(?:[、，；：]\s*|$)", re.DOTALL), "en": re.compile(r".+?(?:[,;:—]\s+|$)", re.DOTALL)}


@lru_cache(maxsize=1)
def _phrases() -> budoux.Parser:
    return budoux.load_default_japanese_parser()


def chunks(text: str, language: str) -> list[str]:
    """Pieces of at most about ``MOST`` characters; joined they are the text, but for spaces at their ends."""
    most = MOST[language]
    if len(text) <= most * 1.35:
        return [text]
    pieces: list[str] = []
    for sentence in _packed(_sentences(text, language), most):
        pieces += _short(sentence, language, most)
    return [piece.strip() for piece in pieces if piece.strip()]


def _sentences(text: str, language: str) -> list[str]:
    if language == "ja":
        return SENTENCE_JA.findall(text)
    cuts = [0, *(cut for cut in ends(text, "en") if cut < len(text)), len(text)]
    return [text[low:high] for low, high in pairwise(cuts)]


def _short(sentence: str, language: str, most: int) -> list[str]:
    if len(sentence) <= most * 1.35:
        return [sentence]
    found: list[str] = []
    for clause in _packed(CLAUSE[language].findall(sentence), most):
        found += [clause] if len(clause) <= most * 1.35 else _packed(_words(clause, language, most), most)
    return found


def _words(clause: str, language: str, most: int) -> list[str]:
    parts = _phrases().parse(clause) if language == "ja" else _unparted(re.findall(r"\S+\s*", clause))
    return [part[n : n + most] for part in parts for n in range(0, len(part), most)]


def _unparted(words: Sequence[str]) -> list[str]:
    """Words with the titles and numbers that belong to them: Dr. Smith, No. 1."""
    found: list[str] = []
    for word in words:
        if found and bound_to_next(found[-1], word[0]):
            found[-1] += word
        else:
            found.append(word)
    return found


def _packed(parts: Sequence[str], most: int) -> list[str]:
    """Neighbours put together while they stay short."""
    packed: list[str] = []
    for part in parts:
        if packed and len(packed[-1]) + len(part) <= most:
            packed[-1] += part
        else:
            packed.append(part)
    return packed
