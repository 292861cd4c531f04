"""Narration shortened by selection: the telling sentences of a run, and of a long one its main clauses.

Nothing is written anew: what is kept stands in the source as it is.
"""

import re
from collections.abc import Callable, Sequence

from engines.writer.lexicon import pose_of
from engines.writer.speech import Utterance

CONTINUES = re.compile(
    r"^と(?:、|(?:思い|おもい|言い|云い|いい)ながら、?)|^(?:said|cried|answered|replied) (?:the )?\w+, and "
)
DEEDS = frozenset({"fall", "fight", "hug", "run", "kneel"})
KEEP_ALL = 3
KEEP_SHARE = 0.5
CAPTION = {"ja": 42, "en": 105}
CLAUSE = {"ja": re.compile(r"[^、；]+(?:[、；]|$)"), "en": re.compile(r".+?(?:[,;:—]\s*|$)", re.DOTALL)}
TURN = re.compile(
    r"すると|そのとき|その時|ところが|とうとう|急に|突然|やがて|途端"
    r"|\b(?:then|suddenly|but|at last|one day|when|only|never|until)\b",
    re.IGNORECASE,
)


def select(run: Sequence[Utterance], named: Callable[[str], bool]) -> list[Utterance]:
    """The sentences of a run of narration that tell most, in their order; a short run is kept whole."""
    if len(run) <= KEEP_ALL:
        return list(run)
    keep = max(KEEP_ALL, round(len(run) * KEEP_SHARE))
    order = sorted(range(len(run)), key=lambda n: (-_worth(run, n, named), n))
    return [run[n] for n in sorted(order[:keep])]


def _worth(run: Sequence[Utterance], index: int, named: Callable[[str], bool]) -> float:
    text = run[index].passage.bare
    ends = 2.0 * (index == 0) + 2.5 * (index == len(run) - 1)
    pose = pose_of(text)
    acts = 2.0 * (pose is not None) + 2.5 * (pose in DEEDS) + 1.5 * (run[index].expression != "neutral")
    return ends + acts + 1.5 * named(text) + 1.2 * bool(TURN.search(text)) - 0.008 * len(text)


def shorten(text: str, language: str) -> str:
    """A caption of a long sentence: in Japanese its last clauses, where the verb is; in English its first."""
    text = CONTINUES.sub("", text)
    most = CAPTION[language]
    if len(text) <= most * 1.3:
        return text
    clauses = CLAUSE[language].findall(text)
    if language == "ja":
        return _last(clauses, most)
    caption = ""
    for clause in clauses:
        if caption and len(caption) + len(clause) > most:
            break
        caption += clause
    return caption.rstrip(" ,;:—")


def _last(clauses: Sequence[str], most: int) -> str:
    caption = ""
    for clause in reversed(clauses):
        if caption and len(caption) + len(clause) > most:
            break
        caption = clause + caption
    return caption
