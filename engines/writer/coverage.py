"""What of a story stands on the finished pages: characters lettered against those given, lost quotes, missing signs.

Nothing here trusts the plan: the words are those of the balloons, found again by the place of their line in the source.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from engines.comic.checks.measure import measured
from engines.comic.document import Check, Document, Language, Page, Span
from engines.comic.lettering.faces import missing
from engines.comic.lettering.parts import words_of
from engines.writer.passages import Passage, split_passages
from engines.writer.speech import is_tag
from engines.writer.tags import leads_to_quote

MARKS = re.compile(r"[\s「」『』“”‘\"（）()]")
MARKED = re.compile(r"[*_]\S.*\S[*_]|[（(《].+[）)》]", re.DOTALL)
LISTED, EXCERPT = 50, 80
# a quote of which less is lettered is lost
LEAST_OF_QUOTE = 0.5


@dataclass(frozen=True)
class PassageCount:
    """A passage of the story with the words of its balloons, white space left out; a ``tag`` only says who speaks."""

    passage: Passage
    given: str
    lettered: str
    tag: bool

    @property
    def count(self) -> int:
        """Characters of the passage that are lettered, in their order."""
        if self.given == self.lettered:
            return len(self.given)
        blocks = SequenceMatcher(None, self.given, self.lettered, autojunk=False).get_matching_blocks()
        return sum(block.size for block in blocks)

    @property
    def lost(self) -> bool:
        """Whether most of the passage is not lettered."""
        return self.count < LEAST_OF_QUOTE * len(self.given)


def coverage(story: str, document: Document) -> tuple[dict[str, Any], list[Check]]:
    """The report ``text_coverage`` of phase 7 and its checks. Shares are 0 to 1; offsets are those of ``story``.

    Words that only say who speaks (said Ann) are no loss: ``characters_of_tags`` counts those that are not lettered.
    """
    counts = [*_counted(story, document.language, document.pages)]
    quotes = [each for each in counts if each.passage.kind != "narration"]
    narration = [each for each in counts if each.passage.kind == "narration" and not each.tag]
    tags = sum(len(each.given) - each.count for each in counts if each.tag)
    given = max(len(MARKS.sub("", words_of(story, document.language))), sum(len(each.given) for each in counts))
    lost = [each for each in quotes if each.lost]
    share = _share(sum(each.count for each in counts), given - tags)
    report = {
        "characters_given": given,
        "characters_lettered": sum(each.count for each in counts),
        "characters_of_tags": tags,
        "share": share,
        "quotes": _sums(quotes) | {"share": _share_of(quotes), "lost": _listed(lost)},
        "narration": _sums(narration) | {"share": _share_of(narration)},
        "shortened": _listed(each for each in [*quotes, *narration] if each.count and each.count < len(each.given)),
        "left_out": _listed(each for each in narration if not each.count),
        "missing_glyphs": _missing(document.pages),
    }
    words = f"{report['characters_lettered']} of {given - tags} characters of the text are lettered"
    named = "; ".join(f"“{each.passage.text[:EXCERPT]}”" for each in lost[:5])
    checks = [measured("text_lettered", "story", share, words)]
    if quotes:
        checks.append(measured("quotes_lettered", "story", _share(len(quotes) - len(lost), len(quotes)), named))
    return report, checks


def _counted(story: str, language: Language, pages: Sequence[Page]) -> Iterator[PassageCount]:
    words = [*_lettered(pages)]
    passages = split_passages(story, language)
    for index, passage in enumerate(passages):
        own = "".join(text for span, text in words if passage.start <= span.start < passage.end)
        yield PassageCount(passage, _bare(words_of(passage.spoken, language)), _bare(own), _tells_who(passages, index))


def _tells_who(passages: Sequence[Passage], index: int) -> bool:
    narrated = passages[index].kind == "narration"
    # what is marked as thought or said is more than a tag, whatever stands beside it
    marked = MARKED.search(passages[index].text)
    return narrated and not marked and (is_tag(passages, index) or leads_to_quote(passages, index))


def _lettered(pages: Sequence[Page]) -> Iterator[tuple[Span, str]]:
    """The words of each line that came from the source, in the order of the story."""
    for page in pages:
        for panel in page.panels:
            sources = {line.id: line.source for line in panel.lines}
            for balloon in page.letterings[panel.id].balloons if panel.id in page.letterings else []:
                span = sources.get(balloon.line)
                if span is not None:
                    yield span, balloon.text
            yield from ((sound.source, sound.text) for sound in panel.sfx if sound.source)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0


def _share_of(counts: Sequence[PassageCount]) -> float:
    return _share(sum(each.count for each in counts), sum(len(each.given) for each in counts))


def _sums(counts: Sequence[PassageCount]) -> dict[str, Any]:
    return {
        "given": len(counts),
        "lettered": sum(each.count > 0 for each in counts),
        "characters_given": sum(len(each.given) for each in counts),
        "characters_lettered": sum(each.count for each in counts),
    }


def _listed(counts: Iterable[PassageCount]) -> list[dict[str, Any]]:
    return [
        {
            "text": each.passage.text[:EXCERPT],
            "start": each.passage.start,
            "end": each.passage.end,
            "characters_given": len(each.given),
            "characters_lettered": each.count,
        }
        for each in list(counts)[:LISTED]
    ]


def coverage_warnings(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """Warnings of a report ``text_coverage``: words that are not lettered, characters that no face has."""
    lost, cut = len(report["quotes"]["lost"]), len(report["shortened"]) + len(report["left_out"])
    detail = (
        f"{report['share']:.0%} of the text is lettered; {lost} quotes are lost, {cut} passages shortened or left out "
        "(text_coverage of phase 7)"
    )
    found = [{"pointer": "/text", "code": "text_shortened", "detail": detail}] if lost or cut else []
    if report["missing_glyphs"]["count"]:
        characters = "".join(each["character"] for each in report["missing_glyphs"]["characters"])
        detail = f"no lettering face has {characters}; 〓 is printed in their place"
        found.append({"pointer": "/text", "code": "missing_glyphs", "detail": detail})
    return found


def _missing(pages: Sequence[Page]) -> dict[str, Any]:
    """The characters that no face has, in balloons and sounds, with how often each is printed as 〓."""
    balloons = [b.text for page in pages for lettering in page.letterings.values() for b in lettering.balloons]
    sounds = [sound.text for page in pages for panel in page.panels for sound in panel.sfx]
    found = Counter[str]()
    for text in [*balloons, *sounds]:
        found.update({character: text.count(character) for character in missing(text)})
    named = [
        {"character": character, "code_points": [f"U+{ord(point):04X}" for point in character], "count": count}
        for character, count in sorted(found.items())
    ]
    return {"count": found.total(), "characters": named[:LISTED]}
