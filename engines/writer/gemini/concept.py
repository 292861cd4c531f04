"""Phase 1 by Gemini: what the story is about. A mere idea becomes a story here."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, Field

from engines.comic.document import Background
from engines.writer.gemini.strings import Phrase, Word
from engines.writer.phases import CHARACTERS_A_PAGE, direction_of

Json = Any
LEAST_STORY = 160


class Concept(BaseModel):
    """What the model says of a story."""

    themes: list[Word] = Field(min_length=1, max_length=3)
    genre: Literal[
        "fantasy", "romance", "action", "mystery", "sci_fi", "horror", "slice_of_life", "comedy", "drama", "general"
    ]
    time_of_day: Literal["day", "evening", "night"]
    location: Background
    atmosphere: Phrase
    tone: Word
    key_elements: list[Word] = Field(max_length=5)
    target_audience: Phrase
    narrative_style: Literal["first_person", "third_person"]


class Idea(Concept):
    """The same for a line that is no story yet, with the story that the model makes of it."""

    story: str = Field(min_length=LEAST_STORY)


def to_output(answer: Concept, brief: Mapping[str, Json]) -> Json:
    """The output of phase 1. ``story_text`` is what all later offsets point into; the author's words open it."""
    text, language = brief["text"], brief["language"]
    invented = isinstance(answer, Idea)
    story = f"{text.strip()}\n\n{answer.story.strip()}" if isinstance(answer, Idea) else text
    return {
        "source": "model:idea" if invented else "text",
        "original_text": text,
        "story_text": story,
        "text_length": len(text),
        "themes": answer.themes,
        "genre": brief["genre"] or answer.genre,
        "world_setting": {
            "time_period": answer.time_of_day,
            "location": answer.location,
            "atmosphere": answer.atmosphere,
        },
        "tone": answer.tone,
        "key_elements": answer.key_elements,
        "target_audience": answer.target_audience,
        "narrative_style": answer.narrative_style,
        "estimated_pages": min(100, max(1, round(len(story) / CHARACTERS_A_PAGE[language]))),
        "language": language,
        "direction": direction_of(language),
    }
