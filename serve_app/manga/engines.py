"""The engines that a session may name, and whether they can work before the session is accepted."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, Field, WithJsonSchema

from foundation.errors import ClientError, EngineNotReady, InvalidInput
from foundation.graph import Model
from serve_app.http.application import Application
from serve_app.jobs.fields import WrongField
from serve_app.jobs.readiness import EngineState, states_of

AUTO, DRAFT = "auto", "draft"
# the names are those of the builder's tables, which the OpenAPI document is completed from
Writer = Annotated[str, WithJsonSchema({"type": "string", "x-engines": "writers"})]
Artist = Annotated[str, WithJsonSchema({"type": "string", "x-engines": "artists"})]
PanelId = Annotated[str, Field(pattern=r"^p\d{1,4}\.panel\d{1,3}$")]
MOST_PANELS = 500


class EngineRefused(ClientError):
    """An engine that the request names cannot work here now."""

    status = 409
    code = EngineNotReady.code
    title = EngineNotReady.title
    hint = EngineNotReady.hint


class Engines(BaseModel):
    """The writer of phases 1 to 4, the artist of phases 2 and 5, and artists of single panels."""

    writer: Writer = "auto"
    artist: Artist = "auto"
    panels: Annotated[dict[PanelId, Artist], Field(max_length=MOST_PANELS)] = Field(
        default={},
        description="Artists of single panels by id: `p1.panel3`.",
        examples=[{"p1.panel3": "draft"}],
    )


class EngineStates(BaseModel):
    """Which engines can write and draw now, and what makes the others ready."""

    writers: dict[str, EngineState]
    artists: dict[str, EngineState]


async def engine_states(application: Application) -> EngineStates:
    """The states of all engines by the names that a session uses. The draft is always ready."""
    draft = {DRAFT: EngineState(ready=True, detail="by rule")}
    writers = await states_of(_models(application, "writers"))
    artists = await states_of(_models(application, "artists"))
    return EngineStates(writers=draft | writers, artists=draft | artists)


async def check_engines(engines: Engines, application: Application) -> None:
    """Raise WrongField for the first engine that does not exist or cannot work."""
    writers, artists = _models(application, "writers"), _models(application, "artists")
    await _check({"engines/writer": engines.writer}, writers)
    panels = {f"engines/panels/{panel}": name for panel, name in engines.panels.items()}
    await _check({"engines/artist": engines.artist} | panels, artists)


async def _check(fields: Mapping[str, str], models: Mapping[str, Model]) -> None:
    names = [AUTO, DRAFT, *models]
    for field, name in fields.items():
        if name not in names:
            raise WrongField(field, InvalidInput(f"must be one of {', '.join(names)}"))
    states = await states_of({name: models[name] for name in set(fields.values()) if name in models})
    for field, name in fields.items():
        if name in states and not states[name].ready:
            raise WrongField(field, EngineRefused(states[name].detail))


def _models(application: Application, kind: str) -> Mapping[str, Model]:
    slots: Mapping[str, str] = application.extras[kind]
    return {name: application.models[slot] for name, slot in slots.items()}
