"""Voices that come out of a machine: a telephone, a radio, a loudspeaker."""

import re
from collections.abc import Sequence

from engines.writer.passages import Passage
from engines.writer.tags import at

MACHINE_JA = (
    "電話|受話器|無線機?|ラジオ|スピーカー|拡声器|トランシーバー|インターホン|テレビ|車内放送|校内放送|放送|アナウンス"
)
OUT_OF_JA = re.compile(
    rf"(?:{MACHINE_JA})(?:の向こう|の奥|の中|越し|ごし|から|の声|が(?:鳴|告げ|言|叫|流れ|響|伝え))|(?:放送|アナウンス)が"
)
MACHINE_EN = r"(?:tele)?phone|radio|loud-?speakers?|speakers?|intercom|receiver|walkie-talkie|television|TV|headset"
OUT_OF_EN = re.compile(
    rf"\b(?:over|through|from|out of|on) the (?:{MACHINE_EN})\b"
    rf"|\bthe (?:{MACHINE_EN}) (?:said|crackled|announced|blared|hissed|squawked|told)"
    rf"|\bsaid the (?:{MACHINE_EN})\b|\bother end of the line\b",
    re.IGNORECASE,
)


def by_wire(passages: Sequence[Passage], index: int) -> bool:
    """Whether the narration beside a quote, in its paragraph or leading to it, lets a machine say it."""
    quote = passages[index]
    before, after = at(passages, index - 1), at(passages, index + 1)
    leads = before is not None and before.kind == "narration" and not quote.gap and _machine_speaks(before.bare)
    leads = leads and not _closes_another(passages, index - 1, quote)
    closes = after is not None and after.kind == "narration" and after.paragraph == quote.paragraph
    return leads or (closes and after is not None and _machine_speaks(after.bare))


def _closes_another(passages: Sequence[Passage], index: int, quote: Passage) -> bool:
    """Whether a sentence belongs to the quote before it and not to the one that follows in a new paragraph."""
    narration, earlier = passages[index], at(passages, index - 1)
    spoken = earlier is not None and earlier.kind != "narration" and earlier.paragraph == narration.paragraph
    return spoken and narration.paragraph != quote.paragraph


def _machine_speaks(text: str) -> bool:
    return bool(OUT_OF_JA.search(text) or OUT_OF_EN.search(text))
