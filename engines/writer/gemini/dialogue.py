"""Phase 6 by Gemini: long words cut to the length of a balloon. The model may leave out, it may not invent."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field, create_model

from engines.comic.document import Line, Panel
from engines.writer.gemini.strings import Sentence
from engines.writer.passages import RUBY

Json = Any
LONG = {"ja": 22, "en": 50}
LEAST_SHARE, OWN_SHARE = 0.3, 0.7
MOST_LINES = 80
WORD = re.compile(r"[A-Za-z']+|[^\W_]")


class Shortened(BaseModel):
    """A line in fewer words; a subclass bounds ``number``."""

    number: int
    text: Sentence


def schema_for(lines: int) -> type[BaseModel]:
    """The schema of an answer about so many lines."""
    line: Any = create_model("Line", __base__=Shortened, __doc__=None, number=(int, Field(ge=1, le=lines)))
    found: Any = (list[line], Field(max_length=lines))  # pyright: ignore[reportInvalidTypeForm]
    return create_model("Dialogue", __doc__=None, lines=found)


def long_lines(panels: Sequence[Mapping[str, Json]], language: str) -> list[Line]:
    """The lines that would fill a balloon to its rim, and all captions but the shortest."""
    lines = [line for panel in panels for line in Panel.model_validate(panel).lines]
    return [line for line in lines if len(line.text) > LONG[language]][:MOST_LINES]


def to_output(answer: Any, lines: Sequence[Line]) -> dict[str, str]:
    """The new texts by line id; a text that is not the old one in fewer words is left out."""
    found: dict[str, str] = {}
    for each in answer.lines:
        old = lines[each.number - 1]
        if is_cut(old.text, each.text):
            found.setdefault(old.id, each.text)
    return found


def is_cut(old: str, new: str) -> bool:
    """Whether a text is another in fewer words, with its readings of ruby kept whole."""
    if not len(old) * LEAST_SHARE <= len(new) < len(old) or new.count("《") != new.count("》"):
        return False
    known, words = set(WORD.findall(RUBY.sub("", old).lower())), WORD.findall(RUBY.sub("", new).lower())
    return bool(words) and sum(word in known for word in words) >= OWN_SHARE * len(words)
