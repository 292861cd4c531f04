"""Plans of stories straight from the writer, for tests of what it understands."""

from collections.abc import Sequence
from typing import Any

from engines.comic.document import Panel
from engines.writer import write

Plan = dict[str, Any]
PHASES = ("characters", "story", "name")


def plan_story(
    text: str,
    language: str,
    title: str | None = None,
    genre: str | None = None,
    *,
    phases: Sequence[str] = PHASES,
    **brief: Any,
) -> Plan:
    """What the writer's phases make of a story, by phase; ``brief`` overrides what it is told."""
    options = {"text": text, "title": title, "genre": genre, "style": "standard", "seed": 0, "language": language}
    options |= {"feedback": [], "take": 0} | brief
    done = {"concept": write("concept", options, {})}
    for phase in phases:
        done[phase] = write(phase, options, done)
    return done


def planned_panels(plan: Plan) -> list[Panel]:
    """The panels in reading order."""
    return [Panel.model_validate(panel) for panel in plan["name"]["panel_specifications"].values()]


def speakers(plan: Plan) -> dict[str, str | None]:
    """Who says each lettered line, by name."""
    called = {c["id"]: c["name"] for c in plan["characters"]["cast"]}
    return {line.text: called.get(line.speaker or "") for panel in planned_panels(plan) for line in panel.lines}
