"""Pictures from an ordered list of models. The prefix of a name decides how the model is spoken to.

imagen-   ``predict`` of google-cloud-aiplatform
gemini-   ``generate_content`` of google-genai

A model that is not there is left out for the life of the process, with one warning: Imagen 4 has an announced end.
"""

import logging
import time

from engines.vertex.clients import Clients
from engines.vertex.errors import BudgetSpent, ModelUnavailable
from engines.vertex.gate import Gate
from engines.vertex.gemini_image import GeminiImage
from engines.vertex.imagen import Imagen
from engines.vertex.options import VertexOptions
from engines.vertex.picture import Drawn, ImageAsk
from engines.vertex.retry import Caller

logger = logging.getLogger("ray.serve")


class ImageModels:
    """The image models of one replica, best first."""

    def __init__(self, options: VertexOptions, clients: Clients, gate: Gate) -> None:
        caller = Caller(gate, "image", options.attempts)
        self._ways = {"imagen-": Imagen(options, clients, caller), "gemini-": GeminiImage(options, clients, caller)}
        self._models = list(options.image_models)

    @property
    def models(self) -> list[str]:
        """The models that are left, best first."""
        return list(self._models)

    async def draw(self, ask: ImageAsk, budget_s: float) -> Drawn:
        """Up to ``count`` pictures from the first model that is there; filtered ones are reported with their reasons.

        Raises ContentBlocked when all are filtered, ModelUnavailable when no model is left, and as ``Caller.call``.
        """
        until = time.monotonic() + budget_s
        for model in self.models:
            way = next((way for prefix, way in self._ways.items() if model.startswith(prefix)), None)
            if way is None:
                raise ModelUnavailable(f"{model} in VERTEX_IMAGE_MODELS begins with neither imagen- nor gemini-")
            left = until - time.monotonic()
            if left <= 0:
                raise BudgetSpent(f"no time is left to ask {model}")
            try:
                return await way.draw(model, ask, left)
            except ModelUnavailable:
                self._leave_out(model)
        raise ModelUnavailable("none of the models in VERTEX_IMAGE_MODELS is there")

    def _leave_out(self, model: str) -> None:
        """Ask this model no more; several calls may find out at once."""
        if model in self._models:
            self._models.remove(model)
            rest = self._models[0] if self._models else "none"
            logger.warning("%s is not there any more; next in VERTEX_IMAGE_MODELS: %s", model, rest)
