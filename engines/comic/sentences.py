"""Where sentences end: not at abbreviations, initials, decimals, or dots before a sentence that goes on.

The writer cuts narration here, and the letterer long lines.
"""

import re
from collections.abc import Iterator

JA_END = re.compile(r"[。！？!?]+[」』）]*|…+。?$")
EN_END = re.compile(r"[.!?…]+[\"”'’)\]]*(?=\s|$)")
# whom or what they name follows, so that no sentence ends with them
BEFORE_NAMES = (
    "Mr|Mrs|Ms|Mx|Dr|St|Ste|Mt|Ft|Capt|Prof|Rev|Hon|Gen|Col|Lt|Sgt|Maj|Cpl|Cmdr|Gov|Sen|Rep|Mme|Mlle|Messrs|Fr|"
    "Pres|Supt"
)
# a number follows
BEFORE_NUMBERS = "Nos?|Vol|Vols|Fig|Figs|Ch|pp?|vv?|Art|Sec|Op|ca?|approx|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec"
WITHIN = "vs|cf|viz|al|ed|dept|est|Ave|Blvd|Rd|Bros"
# these may end a sentence, and do where a capital follows
EITHER = "etc|Inc|Ltd|Co|Corp|Sr|Jr|a\\.m|p\\.m|A\\.M|P\\.M|A\\.D|B\\.C"
NAMED = re.compile(rf"(?<![\w.])(?:{BEFORE_NAMES}|{WITHIN})\.$")
NUMBERED = re.compile(rf"(?<![\w.])(?:{BEFORE_NUMBERS})\.$")
OPEN_ENDED = re.compile(rf"(?<![\w.])(?:{EITHER})\.$")
INITIALS = re.compile(r"(?<![\w.])(?:(?:[A-Za-z]\.)+[A-Za-z]|[A-HJ-Z])\.$")
NEXT = re.compile(r"[\s\"“‘'(\[]*(\S)?")


def ends(text: str, language: str, start: int = 0, end: int | None = None) -> Iterator[int]:
    """Offsets behind the sentences of ``text[start:end]``, closing quotes and brackets included."""
    end = len(text) if end is None else end
    pattern = JA_END if language == "ja" else EN_END
    for match in pattern.finditer(text, start, end):
        if language == "ja" or not goes_on(text, match, end):
            yield match.end()


def goes_on(text: str, mark: re.Match[str], end: int) -> bool:
    """Whether an English sentence does not end at a mark: an abbreviation, or dots with a small letter after them."""
    found = NEXT.match(text, mark.end(), end)
    follower = found[1] if found and found[1] else ""
    if mark[0] == ".":
        return bool(follower) and (follower.islower() or is_abbreviation(text[: mark.end()], follower))
    return mark[0].rstrip("\"”'’)]") in ("…", "...", "....") and follower.islower()


def is_abbreviation(text: str, follower: str) -> bool:
    """Whether the full stop at the end of ``text`` belongs to its last word, with ``follower`` as what comes next."""
    tail = text[-14:]
    if NAMED.search(tail) or (INITIALS.search(tail) and not OPEN_ENDED.search(tail)):
        return True
    if NUMBERED.search(tail):
        return follower.isdigit()
    return bool(OPEN_ENDED.search(tail)) and not follower.isupper()


def bound_to_next(text: str, follower: str) -> bool:
    """Whether the last word of ``text`` may not be parted from ``follower``: Dr. from Smith, No. from 1."""
    tail = text.rstrip()[-14:]
    return bool(NAMED.search(tail)) or bool(NUMBERED.search(tail) and follower.isdigit())
