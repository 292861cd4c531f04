"""The prompts: files in ``assets/prompts``, one for each phase and language, and their version."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from engines.vertex.text import Prompt
from engines.writer.passages import Passage

FOLDER = Path(__file__).parents[3] / "assets" / "prompts"
PromptLanguage = Literal["ja", "en", "zh"]
KANA, HAN = re.compile(r"[\u3041-\u30ff]"), re.compile(r"[\u3400-\u9fff]")
MARKS = {"speech": "「{}」", "thought": "（{}）", "narration": "{}"}


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the prompts and of the code that asks and reads, for cache keys and provenance."""
    digest = hashlib.sha256()
    for path in sorted([*FOLDER.glob("*.md"), *Path(__file__).parent.glob("*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def language_of(text: str, language: str) -> PromptLanguage:
    """The language to ask in: that of the story, where Chinese is Han without kana."""
    if language == "en":
        return "en"
    return "zh" if language == "zh" or (HAN.search(text) and not KANA.search(text)) else "ja"


@lru_cache
def _file(phase: str, language: PromptLanguage) -> str:
    return (FOLDER / f"{phase}.{language}.md").read_text(encoding="utf-8").strip()


def make(phase: str, language: PromptLanguage, data: Mapping[str, str], preferences: Sequence[str] = ()) -> Prompt:
    """The prompt of a phase. ``data`` goes between tags, in order; the instructions call it data, never orders."""
    tagged = {**data, **({"wishes": "\n".join(f"- {preference}" for preference in preferences)} if preferences else {})}
    blocks = [f"<{tag}>\n{_closed(text)}\n</{tag}>" for tag, text in tagged.items()]
    return Prompt(_file(phase, language), "\n\n".join(blocks), _file("repair", language))


def _closed(text: str) -> str:
    """Text that cannot end its own tag."""
    return text.replace("</", "<\u200b/")


def numbered(passages: Sequence[Passage], first: int = 1) -> str:
    """Passages as numbered lines, an empty line where the story has one."""
    lines: list[str] = []
    for number, passage in enumerate(passages, first):
        lines += [""] if passage.gap and lines else []
        lines.append(f"[{number}] {MARKS[passage.kind].format(passage.text)}")
    return "\n".join(lines)


def as_list(rows: Sequence[Mapping[str, Any]]) -> str:
    """Records as lines of ``key: value`` pairs."""
    return "\n".join("- " + ", ".join(f"{key}: {value}" for key, value in row.items()) for row in rows)
