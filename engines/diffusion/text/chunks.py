"""Runs of weighted tokens in chunks of the length that CLIP was trained on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from torch import Tensor

LENGTH = 77
ROOM = LENGTH - 2
# a shorter run that does not fit goes to the next chunk as a whole
WORD = 8


@dataclass(frozen=True)
class Token:
    """A token of the vocabulary by number, or a vector of its own (textual inversion), with its weight."""

    id: int | Tensor
    weight: float = 1.0


@dataclass(frozen=True)
class Marks:
    """The numbers of the tokens that begin, end and fill a chunk."""

    start: int
    end: int
    fill: int


def chunked(runs: Iterable[Sequence[Token]], marks: Marks) -> list[list[Token]]:
    """Chunks of 77 tokens: start, up to 75 of the runs, end, filling. At least one."""
    bodies: list[list[Token]] = [[]]
    for run in runs:
        rest = list(run)
        while len(rest) > ROOM - len(bodies[-1]):
            if len(run) >= WORD:
                room = ROOM - len(bodies[-1])
                bodies[-1] += rest[:room]
                rest = rest[room:]
            bodies.append([])
        bodies[-1] += rest
    return [framed(body, marks) for body in bodies]


def framed(body: Sequence[Token], marks: Marks) -> list[Token]:
    """A chunk of 77 around up to 75 tokens."""
    chunk = [Token(marks.start), *body, Token(marks.end)]
    return chunk + [Token(marks.fill)] * (LENGTH - len(chunk))
