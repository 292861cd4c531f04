"""A phase: make the prompt, ask, turn the answer into the draft writer's shape."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from engines.comic.document import Character
from engines.vertex.errors import ContentBlocked, Refused, VertexError
from engines.vertex.text import TextModel, TypedAnswer
from engines.vertex.usage import Usage
from engines.writer.cast import Cast
from engines.writer.gemini import characters, concept, dialogue, name, prompts, story
from engines.writer.gemini.panels import Stage, staged
from engines.writer.passages import Passage, split_passages
from engines.writer.phases import direction_of, lay_out_pages, seed_of
from engines.writer.speech import attribute
from engines.writer.staged_scenes import PanelDraft
from engines.writer.template import is_short

Json = Any
ENGINE = "gemini"
PHASES = ("concept", "characters", "story", "name")


class Asking:
    """One phase being asked: its brief, the time that is left, and what it has cost."""

    def __init__(
        self, texts: TextModel, model: str, brief: Mapping[str, Json], story_text: str, budget_s: float
    ) -> None:
        self.brief, self.model = brief, model
        self._texts, self._until = texts, time.monotonic() + budget_s
        self.story_text = story_text
        self.passages: list[Passage] = split_passages(story_text, _table(brief["language"]))
        self.usage, self.repaired = Usage(), False

    async def ask(self, phase: str, data: Mapping[str, str], schema: type[BaseModel]) -> Any:
        """The value of the answer; what it cost is added up."""
        language = prompts.language_of(self.story_text, self.brief["asked_language"])
        prompt = prompts.make(phase, language, data, self.brief.get("feedback") or [])
        left = max(self._until - time.monotonic(), 0.001)
        try:
            answer: TypedAnswer[Any] = await self._texts.ask(self.model, prompt, schema, left, seed_of(self.brief))
        except (VertexError, ContentBlocked) as error:
            # what other questions of the phase have cost is paid as well
            error.usage = (self.usage + Usage(**(error.usage or {}))).to_json()
            raise
        self.usage, self.repaired = self.usage + answer.usage, self.repaired or answer.repaired
        return answer.value


class GeminiWriter:
    """Phases 1 to 4, and words for 6. ``text_model`` reads, ``plan_model`` plans the story and the pages."""

    def __init__(self, texts: TextModel, text_model: str, plan_model: str) -> None:
        self._texts = texts
        self._models = {"story": plan_model, "name": plan_model}
        self._text_model = text_model

    async def write(
        self, phase: str, brief: Mapping[str, Json], before: Mapping[str, Json], budget_s: float
    ) -> dict[str, Json]:
        """``output`` in the shape of the draft writer, with its ``model``, ``usage``, ``prompts`` and ``repaired``.

        ``brief`` and ``before`` are those of ``engines.writer.write``; a Chinese story is set as a Japanese one.
        Raises what ``TextModel.ask`` raises.
        """
        makers = {"concept": _concept, "characters": _characters, "story": _story, "name": _name}
        text = before["concept"]["story_text"] if before else brief["text"]
        asking = self._asking(phase, brief, text, budget_s)
        return _answer(asking, await makers[phase](asking, before))

    async def dialogue(
        self, panels: Sequence[Mapping[str, Json]], brief: Mapping[str, Json], budget_s: float
    ) -> dict[str, Json]:
        """For phase 6: shorter texts of long lines, by line id, in ``output.lines``; beside it the same as ``write``.

        Nothing is asked where no line is long. Raises what ``TextModel.ask`` raises.
        """
        asking = self._asking("dialogue", brief, brief["text"], budget_s)
        return _answer(asking, {"lines": await _dialogue(asking, panels)})

    def _asking(self, phase: str, brief: Mapping[str, Json], text: str, budget_s: float) -> Asking:
        details = {**brief, "language": _table(brief["language"]), "asked_language": brief["language"]}
        return Asking(self._texts, self._models.get(phase, self._text_model), details, text, budget_s)


def _answer(asking: Asking, output: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "output": {"engine": ENGINE, **output},
        "model": asking.model,
        "usage": asking.usage.to_json(),
        "prompts": prompts.version(),
        "repaired": asking.repaired,
    }


def _table(language: str) -> str:
    """The language of the rules for cutting and setting words: Chinese goes by the Japanese ones."""
    return "en" if language == "en" else "ja"


async def _concept(asking: Asking, _: Mapping[str, Json]) -> Json:
    brief = asking.brief
    short = is_short(asking.passages, brief["text"], brief["language"])
    data = {"story": brief["text"]} | ({"genre": brief["genre"]} if brief["genre"] else {})
    answer = await asking.ask("idea" if short else "concept", data, concept.Idea if short else concept.Concept)
    return concept.to_output(answer, brief)


async def _characters(asking: Asking, _: Mapping[str, Json]) -> Json:
    answer = await asking.ask("characters", {"story": asking.story_text}, characters.People)
    return characters.to_output(answer, asking.passages, seed_of(asking.brief))


async def _story(asking: Asking, before: Mapping[str, Json]) -> Json:
    _not_empty(asking)
    themes = before["concept"]["themes"]
    data = {"themes": ", ".join(themes), "passages": prompts.numbered(asking.passages)}
    answer = await asking.ask("story", data, story.schema_for(len(asking.passages)))
    return story.to_output(answer, asking.passages, themes)


async def _name(asking: Asking, before: Mapping[str, Json]) -> Json:
    """The pages. What is said is read by rules too: they fill in what an answer leaves out."""
    _not_empty(asking)
    people = [Character.model_validate(one) for one in before["characters"]["cast"]]
    words = sorted(((w, c.id) for c in people for w in (c.name, *c.aliases)), key=lambda pair: (-len(pair[0]), pair))
    utterances = attribute(asking.passages, Cast(people, words, {c.id: c.look.gender for c in people}))
    scenes = name.scenes_of(before["story"], utterances)
    cast = prompts.as_list([{"id": c.id, "name": c.name, "also": "/".join(c.aliases), "role": c.role} for c in people])

    async def ask(question: name.Question) -> list[PanelDraft]:
        data = {
            "cast": cast,
            "scenes": prompts.as_list([_scene_row(scene, question) for scene in question.scenes]),
            "passages": prompts.numbered(question.passages),
        }
        answer = await asking.ask("name", data, name.schema_for(len(question.passages), [c.id for c in people]))
        own = utterances[question.first : question.first + len(question.passages)]
        language = asking.brief["language"]
        return staged(answer.panels, Stage(scenes, own, people, language, direction_of(language)))

    drafts = [panel for each in await _all([ask(q) for q in name.questions_of(scenes)]) for panel in each]
    return lay_out_pages(ENGINE, _established(drafts), asking.brief, before)


async def _dialogue(asking: Asking, panels: Sequence[Mapping[str, Json]]) -> dict[str, str]:
    lines = dialogue.long_lines(panels, asking.brief["language"])
    if not lines:
        return {}
    data = {"lines": "\n".join(f"[{n}] {line.text}" for n, line in enumerate(lines, 1))}
    return dialogue.to_output(await asking.ask("dialogue", data, dialogue.schema_for(len(lines))), lines)


async def _all(questions: Sequence[Any]) -> list[Any]:
    """All results; the first failure stops the other questions, since they are paid for."""
    tasks = [asyncio.ensure_future(each) for each in questions]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _scene_row(scene: Any, question: name.Question) -> dict[str, Json]:
    starts = [passage.start for passage in question.passages]
    first = next(n for n, start in enumerate(starts, 1) if start >= scene.utterances[0].passage.start)
    return {"from": f"[{first}]", "place": scene.place, "time": scene.time}


def _established(drafts: list[PanelDraft]) -> list[PanelDraft]:
    """The first panel of each scene shows where it is: it is called establishing, which the pages go by."""
    seen: set[int] = set()
    for panel in drafts:
        if panel.scene.number not in seen:
            seen.add(panel.scene.number)
            panel.rule, panel.size = "establishing", "large" if panel.size == "small" else panel.size
    return drafts


def _not_empty(asking: Asking) -> None:
    if not asking.passages:
        raise Refused("the story has no sentence that could be shown")
