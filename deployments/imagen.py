"""Google's image models as an artist's hand: Imagen, or a Gemini image model. One replica takes many calls."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from deployments.telemetry import start_telemetry
from deployments.vertex_gate import gate_of
from foundation.settings import get_settings

Json = Any


class Imagen:
    """Draws pictures by prompt. Cancelling a call ends it at Google too."""

    def __init__(self, gate: Any, prefix: str = "") -> None:
        from engines.vertex import preload
        from engines.vertex.clients import Clients
        from engines.vertex.images import ImageModels
        from engines.vertex.options import VertexOptions
        from engines.vertex.probe import CredentialProbe

        start_telemetry()
        preload("image")
        options = VertexOptions.of(get_settings())
        options = replace(options, image_models=[name for name in options.image_models if name.startswith(prefix)])
        self._probe = CredentialProbe(options)
        self._models = ImageModels(options, Clients(options), gate_of(gate))

    async def describe(self) -> dict[str, Json]:
        """Whether there are credentials, else how to get them; the models that are left, best first; the limits."""
        found, settings = await self._probe.look(), get_settings()
        return {
            "ready": found.ready,
            "detail": found.detail,
            "models": self._models.models,
            "limits": {"calls": settings.vertex_image_calls, "rpm": settings.vertex_image_rpm},
        }

    async def draw(  # noqa: PLR0917  calls to replicas go by position
        self,
        prompt: str,
        negative: str,
        aspect: float,
        seed: int,
        references: Sequence[bytes],
        count: int,
        budget_s: float,
        guide: bytes | None = None,
    ) -> dict[str, Any]:
        """``images`` (PNG), ``model``, ``filtered`` (why others are missing), ``usage``, ``references`` looked at.

        ``aspect`` is width / height; the model draws the nearest that it knows. Imagen takes neither references nor the
        sketch ``guide``.
        Raises ContentBlocked when all are filtered, RateLimited, Unreachable, BudgetSpent, ModelUnavailable and
        AuthFailed.
        """
        from engines.vertex.picture import ImageAsk

        ask = ImageAsk(prompt, negative, aspect, seed, tuple(references), count, guide)
        drawn = await self._models.draw(ask, budget_s)
        return {
            "images": drawn.images,
            "model": drawn.model,
            "filtered": drawn.filtered,
            "usage": drawn.usage.to_json(),
            "references": drawn.references,
        }


class GeminiImage(Imagen):
    """The same with those of the models that are Gemini's: they look at references."""

    def __init__(self, gate: Any) -> None:
        super().__init__(gate, "gemini-")
