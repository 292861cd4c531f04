"""Which engines a session may ask for, and whether they can work before it is accepted."""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from foundation.errors import ClientError, EngineNotReady
from foundation.graph import Model
from serve_app.http.problems import WrongField
from serve_app.jobs.readiness import EngineState, state_of

Writer = Literal["auto", "draft", "gemini"]
Artist = Literal["auto", "draft", "diffuser", "framepack", "imagen", "gemini"]
PanelId = Annotated[str, Field(pattern=r"^p\d{1,4}\.panel\d{1,3}$")]
MOST_PANELS = 500
# a Gemini writes by one slot and draws by another
WRITERS = {"gemini": "gemini"}
ARTISTS = {"diffuser": "diffuser", "framepack": "framepack", "imagen": "imagen", "gemini": "gemini_image"}


class EngineRefused(ClientError):
    """An engine that was asked for by name cannot work: the request does not fit the house as it is."""

    status = 409
    code = EngineNotReady.code
    title = EngineNotReady.title
    hint = EngineNotReady.hint


class Engines(BaseModel):
    """Who writes phases 1 to 4, who draws phases 2 and 5, and who draws single panels."""

    writer: Writer = "auto"
    artist: Artist = "auto"
    panels: Annotated[dict[PanelId, Artist], Field(max_length=MOST_PANELS)] = Field(
        default={}, description="Artists of single panels by id, as in `p1.panel3`.", examples=[{"p1.panel3": "draft"}]
    )


class EngineStates(BaseModel):
    """Who can write and draw now, and what mends the others."""

    writers: dict[str, EngineState]
    artists: dict[str, EngineState]


async def engine_states(models: Mapping[str, Model]) -> EngineStates:
    """The states of all engines by the names under which a session asks for them; the draft is always ready."""
    slots = sorted({*WRITERS.values(), *ARTISTS.values()})
    found = dict(zip(slots, await asyncio.gather(*[state_of(models[slot]) for slot in slots]), strict=True))
    draft = {"draft": EngineState(ready=True, detail="by rule")}
    writers, artists = ({name: found[slot] for name, slot in names.items()} for names in (WRITERS, ARTISTS))
    return EngineStates(writers=draft | writers, artists=draft | artists)


async def check_engines(engines: Engines, models: Mapping[str, Model]) -> None:
    """Raise WrongField for the first engine that was asked for by name and cannot work."""
    places = {"engines/writer": WRITERS.get(engines.writer), "engines/artist": ARTISTS.get(engines.artist)}
    places |= {f"engines/panels/{panel}": ARTISTS.get(name) for panel, name in engines.panels.items()}
    asked = {slot for slot in places.values() if slot}
    states = dict(zip(asked, await asyncio.gather(*[state_of(models[slot]) for slot in asked]), strict=True))
    for place, slot in places.items():
        if slot and not states[slot].ready:
            raise WrongField(place, EngineRefused(states[slot].detail))
