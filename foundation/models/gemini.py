"""Gemini as a writer, and as a reader of pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from foundation.graph import Json, Model


@dataclass(frozen=True)
class FoundLettering:
    """Where words are in a picture, ``regions`` in pixels, and what it cost to look."""

    regions: Sequence[Mapping[str, Json]]
    model: str
    usage: Mapping[str, Json]


class GeminiClient:
    """Calls ``deployments.gemini.Gemini``.

    Each raises ContentBlocked, InvalidOutput, RateLimited, Unreachable, BudgetSpent, ModelUnavailable, AuthFailed, and
    as ``Model.call``.
    """

    def __init__(self, model: Model) -> None:
        self._model = model

    async def describe(self) -> dict[str, Json]:
        """Readiness, and by ``models`` and ``prompts`` what an output depends on."""
        return await self._model.call("describe")

    async def write(
        self, phase: str, brief: Mapping[str, Json], before: Mapping[str, Json], budget_s: float
    ) -> dict[str, Json]:
        """JSON for the cache: the ``output`` of a phase, its ``model``, ``usage``, ``prompts`` and ``repaired``."""
        return await self._model.call("write", phase, brief, before, budget_s)

    async def dialogue(
        self, panels: Sequence[Mapping[str, Json]], brief: Mapping[str, Json], budget_s: float
    ) -> dict[str, Json]:
        """As ``write``: shorter texts of the long lines of panels, by line id, in ``output.lines``."""
        return await self._model.call("dialogue", panels, brief, budget_s)

    async def lettering(self, picture: bytes, budget_s: float) -> FoundLettering:
        """The words in a picture."""
        return await self._model.call("lettering", picture, budget_s)
