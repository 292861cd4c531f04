"""A panel before it has a place on a page: its words, persons, sounds, and the rule that made it."""

from dataclasses import dataclass, field
from typing import Literal

from engines.comic.document import Effect, Expression, Figure, Line, Prop, Sfx, Shot, Span
from engines.writer.scenes import Scene
from engines.writer.speech import Utterance

STRONG = frozenset({"surprise", "cry", "angry", "fear", "joy"})
EFFECT_OF_FACE: dict[str, Effect] = {
    "surprise": "focus_lines",
    "angry": "focus_lines",
    "joy": "sparkles",
    "shy": "sparkles",
    "fear": "gloom",
    "cry": "gloom",
}


@dataclass
class PanelDraft:
    """A panel before it has a place: its words, persons, sounds, and the rule that made it."""

    scene: Scene
    rule: str
    shot: Shot
    lines: list[tuple[Utterance, str]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    props: list[Prop] = field(default_factory=list)
    sounds: list[tuple[str, Utterance]] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    sources: list[Span] = field(default_factory=list)
    emotion: Expression = "neutral"
    size: Literal["splash", "large", "medium", "small"] = "medium"

    @property
    def length(self) -> int:
        """Characters to be lettered."""
        return sum(len(text) for _, text in self.lines)

    @property
    def is_narration(self) -> bool:
        """Whether there are words and all of them are the narrator's."""
        return bool(self.lines) and all(utterance.kind == "narration" for utterance, _ in self.lines)

    @property
    def speaks(self) -> bool:
        """Whether somebody speaks or thinks."""
        return any(utterance.kind != "narration" for utterance, _ in self.lines)

    @property
    def hook(self) -> bool:
        """Whether the panel makes the reader turn the page: a question, a shout, a surprise."""
        asks = self.speaks and self.lines[-1][1].rstrip("」”\"' ").endswith(("？", "?", "！", "!"))
        return (
            asks
            or self.emotion in {"surprise", "fear"}
            or any(utterance.kind == "shout" for utterance, _ in self.lines)
        )

    @property
    def heat(self) -> float:
        """How strongly the panel wants to be seen."""
        loud = sum(utterance.kind == "shout" for utterance, _ in self.lines)
        acts = any(f.pose in {"fall", "fight", "hug", "run"} for f in self.figures)
        return 2.0 * (self.emotion in STRONG) + 1.5 * loud + len(self.sounds) + 0.5 * len(self.figures) + acts

    def line_values(self, panel_id: str) -> list[Line]:
        """The words with their ids in a panel."""
        return [
            Line(
                id=f"{panel_id}.line{n}",
                kind=utterance.kind,
                text=text,
                speaker=utterance.speaker,
                expression=utterance.expression,
                source=span_of(utterance),
                rule=utterance.rule,
            )
            for n, (utterance, text) in enumerate(self.lines, 1)
        ]

    def sfx_values(self, panel_id: str) -> list[Sfx]:
        """The sounds with their ids in a panel."""
        return [Sfx(id=f"{panel_id}.sfx{n}", text=t, source=span_of(s)) for n, (t, s) in enumerate(self.sounds, 1)]


def span_of(utterance: Utterance) -> Span:
    """Where a passage stands in the source."""
    return Span(start=utterance.passage.start, end=utterance.passage.end)
