"""Gemini as a writer: phases 1 to 4, and shorter words for 6. Calls wait for Google, so one replica takes many."""

from collections.abc import Mapping, Sequence
from typing import Any

from deployments.telemetry import start_telemetry
from deployments.vertex_gate import gate_of
from foundation.models.gemini import FoundLettering
from foundation.settings import get_settings

Json = Any


class Gemini:
    """Writes in the shapes of ``Writer``, with what it cost beside. Cancelling a call ends it at Google too."""

    def __init__(self, gate: Any) -> None:
        from engines.vertex import preload
        from engines.vertex.clients import Clients
        from engines.vertex.options import VertexOptions
        from engines.vertex.probe import CredentialProbe
        from engines.vertex.text import TextModel
        from engines.writer.gemini import GeminiWriter

        start_telemetry()
        preload("text")
        self._options = options = VertexOptions.of(get_settings())
        self._probe = CredentialProbe(options)
        self._texts = TextModel(options, Clients(options), gate_of(gate))
        self._writer = GeminiWriter(self._texts, options.text_model, options.plan_model)

    async def describe(self) -> dict[str, Json]:
        """Whether there are credentials, else how to get them; the models, the limits, the version of the prompts."""
        from engines.writer.gemini.prompts import version

        found, settings = await self._probe.look(), get_settings()
        return {
            "ready": found.ready,
            "detail": found.detail,
            "models": {"text": self._options.text_model, "plan": self._options.plan_model},
            "limits": {"calls": settings.vertex_text_calls, "rpm": settings.vertex_text_rpm},
            "prompts": version(),
        }

    async def write(
        self, phase: str, brief: Mapping[str, Json], before: Mapping[str, Json], budget_s: float
    ) -> dict[str, Json]:
        """``output`` of a phase, its ``model``, ``usage``, ``prompts`` and ``repaired``: see ``GeminiWriter.write``.

        Raises ContentBlocked, InvalidOutput, RateLimited, Unreachable, BudgetSpent, ModelUnavailable, AuthFailed.
        """
        return await self._writer.write(phase, brief, before, budget_s)

    async def dialogue(self, panels: Sequence[Json], brief: Mapping[str, Json], budget_s: float) -> dict[str, Json]:
        """Shorter texts of the long lines of panels, by line id, in ``output.lines``. Raises as ``write``."""
        return await self._writer.dialogue(panels, brief, budget_s)

    async def lettering(self, picture: bytes, budget_s: float) -> FoundLettering:
        """The words in a picture. Raises as ``write``."""
        from engines.vertex.lettering import find_lettering, regions_of

        found = await find_lettering(self._texts, self._options.text_model, picture, budget_s)
        return FoundLettering(regions_of(found.value, picture), found.model, found.usage.to_json())
