"""Google's image models as an artist's hand: Imagen, or a Gemini image model. One replica takes many calls."""

from dataclasses import replace
from typing import Any

from deployments.telemetry import start_telemetry
from deployments.vertex_gate import gate_of
from foundation.models.imagen import DrawnImages, ImageJob
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

    async def draw(self, job: ImageJob, budget_s: float) -> DrawnImages:
        """Draw pictures; see ``foundation.models.imagen.ImagenClient.draw``."""
        from engines.vertex.picture import ImageAsk

        ask = ImageAsk(job.prompt, job.negative, job.aspect, job.seed, tuple(job.references), job.count, job.guide)
        drawn = await self._models.draw(ask, budget_s)
        return DrawnImages(drawn.images, drawn.model, drawn.filtered, drawn.usage.to_json(), drawn.references)


class GeminiImage(Imagen):
    """The same with those of the models that are Gemini's: they look at references."""

    def __init__(self, gate: Any) -> None:
        super().__init__(gate, "gemini-")
