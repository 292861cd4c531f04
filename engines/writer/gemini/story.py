"""Phase 3 by Gemini: scenes and the arc. A scene begins at the passage that the model names."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field, create_model

from engines.comic.document import Background, Expression
from engines.writer.gemini.strings import Phrase, Word
from engines.writer.passages import Passage

Json = Any
BEATS = ("ki", "sho", "ten", "ketsu")
MOST_SCENES, LEAST_PASSAGES = 40, 3


class SceneStart(BaseModel):
    """What the model says of a scene; a subclass bounds ``first_passage``."""

    first_passage: int
    title: Word
    purpose: Phrase
    beat: Literal["ki", "sho", "ten", "ketsu"]
    pacing: Literal["slow", "medium", "fast"]
    emotion: Expression
    place: Background
    time: Literal["day", "evening", "night"]
    weather: Literal["none", "rain", "snow"]
    transition: Literal["scene_to_scene", "moment_to_moment", "action_to_action", "aspect_to_aspect"]


def schema_for(passages: int) -> type[BaseModel]:
    """The schema of a story of so many passages."""
    most = min(MOST_SCENES, max(passages // LEAST_PASSAGES, 1))
    scene: Any = create_model(
        "Scene", __base__=SceneStart, __doc__=None, first_passage=(int, Field(ge=1, le=max(passages, 1)))
    )
    return create_model(
        "Story",
        __doc__=None,
        scenes=(list[scene], Field(min_length=1, max_length=most)),  # pyright: ignore[reportInvalidTypeForm]
        conflicts=(list[Phrase], Field(max_length=3)),
    )


def to_output(answer: Any, passages: Sequence[Passage], themes: Sequence[str]) -> Json:
    """The output of phase 3. Scenes are put in order, the first begins the story, none is empty."""
    starts: dict[int, SceneStart] = {}
    for scene in sorted(answer.scenes, key=lambda each: each.first_passage):
        starts.setdefault(scene.first_passage if starts else 1, scene)
    numbers = [*starts, len(passages) + 1]
    breakdown: list[Json] = []
    for number, (first, scene) in enumerate(starts.items(), 1):
        last = passages[numbers[number] - 2]
        breakdown.append(_scene(number, scene, passages[first - 1].start, last.end, breakdown))
    return {
        "story_structure": {"form": "kishotenketsu", "beats": list(BEATS)},
        "plot_progression": [{"scene_number": s["scene_number"], "beat": s["key_story_function"]} for s in breakdown],
        "scene_breakdown": breakdown,
        "narrative_flow": [s["transition_type"] for s in breakdown],
        "pacing_analysis": {s["scene_number"]: s["pacing"] for s in breakdown},
        "total_scenes": len(breakdown),
        "story_complexity_score": round(min(1.0, len(breakdown) / 20), 2),
        "theme_integration": list(themes),
        "conflict_structure": answer.conflicts,
        "quotes": sum(passage.kind != "narration" for passage in passages),
    }


def _scene(number: int, scene: SceneStart, start: int, end: int, before: Sequence[Mapping[str, Json]]) -> Json:
    # the arc does not run backwards
    reached = BEATS.index(before[-1]["key_story_function"]) if before else 0
    beat = BEATS[max(BEATS.index(scene.beat), reached)]
    weather = [] if scene.weather == "none" else [scene.weather]
    return {
        "scene_number": number,
        "title": scene.title,
        "purpose": scene.purpose,
        "pacing": scene.pacing,
        "emotional_beat": scene.emotion,
        "visual_style": ", ".join([scene.place, scene.time, *weather]),
        "transition_type": scene.transition,
        "key_story_function": beat,
        "source": {"start": start, "end": end},
    }
