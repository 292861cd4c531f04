"""The requests of the manga API. Field names, limits and defaults are those of seed 003."""

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from foundation.errors import InvalidInput
from foundation.language import check_language, clean_text, detect_language
from serve_app.jobs.accept import JOB_ID
from serve_app.jobs.warnings import TolerantBody
from serve_app.manga.engines import Engines

STORY = (
    "放課後の屋上。ハルは空を見上げていた。\n「ねえ、ハル。12月の約束、ちゃんと覚えてる？」ミオが笑って言った。\n"
    "「えっ……！？」ハルは驚いて振り向いた。\n「いっしょに宇宙へ行こう！」ミオは両手を広げて叫んだ。\n「ほ、本気かよ！？」"
)
# a page for print weighs 50 times a page for the screen
PRINT_TEXT_LENGTH = 2_000
Genre = Literal["fantasy", "romance", "action", "mystery", "slice_of_life", "sci_fi", "horror", "general"]


Ruby = Literal["auto", "marked", "all", "grade:1", "grade:2", "grade:3", "grade:4", "grade:5", "grade:6"]


def _words(text: str) -> str:
    try:
        cleaned = clean_text(text)
        detect_language(cleaned)
    except InvalidInput as error:
        raise ValueError(error.detail) from error
    return cleaned


def _clean(text: str) -> str:
    try:
        return clean_text(text)
    except InvalidInput as error:
        raise ValueError(error.detail) from error


def _finite(data: dict[str, Any]) -> dict[str, Any]:
    # JSON knows no NaN, and no store takes one
    json.dumps(data, allow_nan=False)
    return data


WITHOUT_EFFECT = {"style": "pages are drawn in the style of their engine"}


class GenerateRequest(TolerantBody):
    """A story to draw. ``hitl_enabled`` without ``auto_proceed`` waits for a person after each phase."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": STORY, "title": "屋上の約束", "hitl_enabled": False}]}
    )

    text: Annotated[str, Field(min_length=10, max_length=10_000), AfterValidator(_words)]
    title: Annotated[str, Field(max_length=255), AfterValidator(_clean)] | None = None
    genre: Genre | None = None
    style: Annotated[str, Field(max_length=64), AfterValidator(_clean)] = "standard"
    quality_level: Literal["ultra_high", "high", "medium", "low", "preview"] = "high"
    hitl_enabled: bool = True
    auto_proceed: bool = False
    seed: Annotated[int, Field(ge=0, lt=2**31, description="The same text, options and seed give the same pages.")] = 0
    language: Literal["ja", "en"] | None = None
    ruby: Ruby = Field(
        default="auto",
        description="Readings beside kanji: compounds by the dictionary, only those marked 《》, all kanji, or the "
        "words with kanji that a school year of Japan has not reached (`grade:4` is for readers after year 4).",
    )
    layout: Literal["page", "webtoon"] = Field(
        default="page", description="Pages of a book, or a strip 800 pixels wide for scrolling on a phone."
    )
    engines: Engines = Field(
        default=Engines(), description="The engines that write and draw. auto: the best that is ready."
    )
    fallback: bool = Field(
        default=False,
        description="Continue with the next engine where one fails, and report that.",
    )
    clean_lettering: bool = Field(
        default=True,
        description="Remove lettering from pictures of engines other than the draft, where Gemini can look at them.",
    )
    strict: bool = Field(
        default=False,
        description="Fail in phase 1 if no lettering font has a character of the text, and name it. Otherwise "
        "the character is printed as 〓 and reported in phase 7.",
    )
    session_id: Annotated[str, Field(pattern=JOB_ID)] | None = Field(
        default=None, description="An id of your choice. The same body sent again returns the same session."
    )

    @model_validator(mode="after")
    def _fit_for_print(self) -> "GenerateRequest":
        if self.quality_level == "ultra_high" and len(self.text) > PRINT_TEXT_LENGTH:
            raise ValueError(f"ultra_high takes texts of up to {PRINT_TEXT_LENGTH} characters; send chapters")
        return self

    @model_validator(mode="after")
    def _know_language(self) -> "GenerateRequest":
        if self.language is None:
            self.language = "ja" if detect_language(self.text) == "ja" else "en"
        try:
            check_language(self.text, self.language)
        except InvalidInput as error:
            raise ValueError(error.detail) from error
        return self

    @model_validator(mode="after")
    def _fit_together(self) -> "GenerateRequest":
        if self.layout == "webtoon" and self.quality_level == "ultra_high":
            raise ValueError("ultra_high is for print, and a webtoon is not printed; use layout page or high")
        if self.language == "en" and self.ruby not in ("auto", "marked"):
            raise ValueError(f"ruby {self.ruby} is for Japanese text, and this text is English")
        return self


FeedbackType = Literal["text", "selection", "adjustment", "regeneration", "approval", "skip"]


class FeedbackRequest(BaseModel):
    """Feedback of a person on a phase.

    ``approval`` and ``skip`` let the session continue. ``regeneration`` runs the phase and all later ones again.
    The others are stored, and given to the phase when it runs again.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"phase_number": 1, "feedback_type": "approval", "satisfaction_score": 5}]}
    )

    @model_validator(mode="before")
    @classmethod
    def _take_bare_data(cls, value: Any) -> Any:
        """Older clients send the feedback data itself as the body."""
        if not isinstance(value, dict):
            return value
        given: dict[str, Any] = dict(value)  # pyright: ignore[reportUnknownArgumentType]
        extra = {name: given.pop(name) for name in list(given) if name not in cls.model_fields}
        data: Any = given.get("feedback_data", {})
        if extra and isinstance(data, dict):
            given["feedback_data"] = extra | data
        return given

    phase_number: int | None = Field(default=None, ge=1, le=7, description="Default: the first phase that waits.")
    feedback_type: FeedbackType = "text"
    feedback_text: Annotated[str, Field(max_length=2000), AfterValidator(_clean)] = ""
    feedback_data: Annotated[dict[str, Any], AfterValidator(_finite)] = {}
    satisfaction_score: int | None = Field(default=None, ge=1, le=5)
    apply_feedback: bool = True
