"""Phase 4 by Gemini: which panels show which passages. Some scenes go into one question, and questions go out together.

The schema of a question knows its passages and its persons, so that an answer can only name what is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_args

from pydantic import BaseModel, Field, create_model

from engines.comic.document import Background, Effect, Expression, Pose, PropKind, Shot, SpeechKind
from engines.writer.gemini.strings import Word
from engines.writer.passages import Passage
from engines.writer.scenes import Scene
from engines.writer.speech import Utterance

Json = Any
MOST_PASSAGES = 40
PASSAGES_A_PANEL = 3
Time = Literal["day", "evening", "night"]


class LineOf(BaseModel):
    """A passage that is lettered; subclasses bound ``passage`` and ``speaker``."""

    passage: int
    speaker: str
    kind: SpeechKind
    expression: Expression


class FigureOf(BaseModel):
    """A person in a panel; a subclass bounds ``character``."""

    character: str
    expression: Expression
    pose: Pose


class PanelOf(BaseModel):
    """What the model says of a panel; subclasses bound its lists."""

    passages: list[int]
    shot: Shot
    size: Literal["small", "medium", "large"]
    emotion: Expression
    figures: list[Any]
    lines: list[Any]
    sounds: list[Word] = Field(max_length=2)
    effects: list[Effect] = Field(max_length=2)
    thing: PropKind | Literal["none"]


def schema_for(passages: int, ids: Sequence[str]) -> type[BaseModel]:
    """The schema of a question with so many passages and these persons."""
    number: Any = Annotated[int, Field(ge=1, le=passages)]
    who: Any = Literal[*ids]  # pyright: ignore[reportInvalidTypeForm]
    voice: Any = Literal[*ids, "none"]  # pyright: ignore[reportInvalidTypeForm]
    line: Any = create_model("Line", __base__=LineOf, __doc__=None, passage=(number, ...), speaker=(voice, ...))
    figure: Any = create_model("Figure", __base__=FigureOf, __doc__=None, character=(who, ...))
    panel: Any = create_model(
        "Panel",
        __base__=PanelOf,
        __doc__=None,
        passages=(list[number], Field(min_length=1, max_length=8)),  # pyright: ignore[reportInvalidTypeForm]
        figures=(list[figure], Field(max_length=3)),  # pyright: ignore[reportInvalidTypeForm]
        lines=(list[line], Field(max_length=3)),  # pyright: ignore[reportInvalidTypeForm]
    )
    least = max(1, passages // PASSAGES_A_PANEL)
    panels: Any = (list[panel], Field(min_length=least, max_length=passages + 4))  # pyright: ignore[reportInvalidTypeForm]
    return create_model("Pages", __doc__=None, panels=panels)


@dataclass(frozen=True)
class Question:
    """A stretch of passages of some scenes. ``first`` is the number of its first passage in the story, from 0."""

    first: int
    passages: list[Passage]
    scenes: list[Scene]


def scenes_of(story: Mapping[str, Json], utterances: Sequence[Utterance]) -> list[Scene]:
    """The scenes of phase 3 with their passages, as people may have edited them; one without passages is left out."""
    breakdown = sorted(story["scene_breakdown"], key=lambda each: each["source"]["start"])
    starts = [each["source"]["start"] for each in breakdown]
    shares: list[list[Utterance]] = [[] for _ in breakdown]
    for each in utterances:
        index = sum(start <= each.passage.start for start in starts) - 1
        shares[max(index, 0)].append(each)
    return [_scene(each, share) for each, share in zip(breakdown, shares, strict=True) if share]


def _scene(entry: Mapping[str, Json], utterances: list[Utterance]) -> Scene:
    words = [word.strip() for word in str(entry["visual_style"]).split(",")]
    place = next((word for word in words if word in get_args(Background)), "abstract")
    time = next((word for word in words if word in get_args(Time)), "day")
    weather: list[Effect] = [cast(Effect, word) for word in words if word in {"rain", "snow"}]
    return Scene(int(entry["scene_number"]), utterances, cast(Background, place), cast(Time, time), weather)


def questions_of(scenes: Sequence[Scene]) -> list[Question]:
    """Whole scenes while they are short enough together; a long one goes over several questions."""
    questions: list[Question] = []
    first = 0
    for scene in scenes:
        passages = [utterance.passage for utterance in scene.utterances]
        for at in range(0, len(passages), MOST_PASSAGES):
            stretch = passages[at : at + MOST_PASSAGES]
            last = questions[-1] if questions else None
            if last and len(last.passages) + len(stretch) <= MOST_PASSAGES:
                last.passages.extend(stretch)
                last.scenes.append(scene)
            else:
                questions.append(Question(first, stretch, [scene]))
            first += len(stretch)
    return questions
