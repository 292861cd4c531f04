"""Who writes phases 1 to 4: rules over the text, or Gemini; and who goes on when one fails."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from engines.writer import version as rules
from engines.writer.gemini.dialogue import long_lines
from foundation.errors import KomaError
from foundation.graph import Context, Json
from foundation.jobs.leases import JobCancelled
from foundation.jobs.types import LeaseLost
from foundation.models.gemini import GeminiClient
from foundation.models.manga import WriterClient
from foundation.settings import get_settings
from graphs.common.choice import AUTO, DRAFT, first_ready
from graphs.manga.engines import failure_of, requested_engines
from graphs.manga.names import GEMINI, WRITERS, PhaseStep

BRIEF_FIELDS = ("text", "title", "genre", "style", "seed", "language")


async def write(context: Context, phase: str, step: str, before: Mapping[str, Json]) -> Json:
    """One phase, from the cache when the same was asked before.

    With ``fallback`` the rules write what Gemini could not, and ``fell_back`` says why; without, its error is raised.
    """
    brief, failures = _brief(context, step), list[Json]()
    engines = await _writers(context)
    for engine in engines:
        try:
            written = await _written(context, engine, phase, brief, before)
            return written | ({"fell_back": failures} if failures else {})
        except (JobCancelled, LeaseLost):
            raise
        except KomaError as error:
            if engine == engines[-1]:
                raise
            failures.append(failure_of(engine, error))
    raise AssertionError("there is always a writer")


def _brief(context: Context, step: str) -> dict[str, Json]:
    feedback = context.feedback(step)
    brief = {name: context.args[name] for name in BRIEF_FIELDS}
    brief["layout"] = context.args.get("layout", "page")
    brief["feedback"] = [each["text"] for each in feedback if each["text"] and each["apply"]]
    brief["take"] = sum(each["action"] == "regenerate" for each in feedback)
    return brief


async def _writers(context: Context) -> Sequence[str]:
    requested = requested_engines(context)
    first = requested.writer if requested.writer != AUTO else await first_ready(context, WRITERS)
    return [first, DRAFT] if first != DRAFT and requested.fallback else [first]


async def _written(
    context: Context, engine: str, phase: str, brief: Mapping[str, Json], before: Mapping[str, Json]
) -> Json:
    model = context.models[WRITERS[engine]]
    if engine == DRAFT:
        key = _key(rules.version(), phase, brief, before)
        rules_writer = WriterClient(model)
        return await context.cached(f"writer:{key}", lambda: rules_writer.write(phase, brief, before))
    client = GeminiClient(model)
    description = await client.describe()
    key = _key([description["models"], description["prompts"]], phase, brief, before)
    budget_s = get_settings().manga_text_budget_s
    written = await context.cached(f"gemini:{key}", lambda: client.write(phase, brief, before, budget_s))
    return written["output"] | {"model": written["model"], "usage": written["usage"], "prompts": written["prompts"]}


async def cut_lines(context: Context, panel: Mapping[str, Json]) -> tuple[dict[str, str], Json]:
    """Shorter texts by line id for the long lines of a panel, by Gemini where it wrote the plan; and what it cost.

    A panel is lettered whole where that fails: longer words are no reason to lose it.
    """
    if context.result(PhaseStep.NAME)["engine"] != GEMINI:
        return {}, {}
    brief = _brief(context, PhaseStep.DIALOGUE)
    if not long_lines([panel], brief["language"]):
        return {}, {}
    client, budget_s = GeminiClient(context.models[WRITERS[GEMINI]]), get_settings().manga_text_budget_s
    description = await client.describe()
    key = _key([description["models"], description["prompts"]], "dialogue", brief, {"panel": panel})
    try:
        written = await context.cached(f"gemini:{key}", lambda: client.dialogue([panel], brief, budget_s))
    except (JobCancelled, LeaseLost):
        raise
    except KomaError as error:
        return {}, {"failed": failure_of(GEMINI, error)}
    return written["output"]["lines"], {"usage": written["usage"]}


def with_lines(panel: Mapping[str, Json], texts: Mapping[str, str]) -> dict[str, Json]:
    """The panel with these texts in place of its own, by line id."""
    lines = [line | ({"text": texts[line["id"]]} if line["id"] in texts else {}) for line in panel["lines"]]
    return {**panel, "lines": lines}


def _key(version: Json, phase: str, brief: Mapping[str, Json], before: Mapping[str, Json]) -> str:
    question = json.dumps([version, phase, brief, before], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(question.encode()).hexdigest()
