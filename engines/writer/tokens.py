"""The tokenizer for Japanese, and a name as the rules find it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sudachipy import Tokenizer


class Name:
    """A person by name. ``aliases`` are the other words for the same person; ``mentions`` counts all."""

    def __init__(self, name: str, aliases: Sequence[str], mentions: int, role: bool) -> None:
        self.name = name
        self.aliases = list(aliases)
        self.mentions = mentions
        self.role = role

    @property
    def words(self) -> list[str]:
        """All words for this person, longest first."""
        return sorted({self.name, *self.aliases}, key=lambda word: (-len(word), word))


@lru_cache(maxsize=1)
def tokenizer() -> "Tokenizer":
    """The Japanese tokenizer, loaded once."""
    from sudachipy import Dictionary, SplitMode

    return Dictionary().tokenizer(mode=SplitMode.C)
