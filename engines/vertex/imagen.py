"""Imagen through ``predict``: several pictures in one call, a seed, no reference pictures."""

import asyncio
import base64
import logging
from typing import Any

from engines.vertex.clients import Clients
from engines.vertex.errors import ContentBlocked
from engines.vertex.mapping import our_errors
from engines.vertex.options import VertexOptions
from engines.vertex.picture import Drawn, ImageAsk, as_png, nearest_aspect
from engines.vertex.retry import Caller
from engines.vertex.usage import count

logger = logging.getLogger("ray.serve")
ASPECTS = ("1:1", "3:4", "4:3", "9:16", "16:9")
MOST = 4


class Imagen:
    """Models whose names begin with ``imagen-``."""

    def __init__(self, options: VertexOptions, clients: Clients, caller: Caller) -> None:
        self._options, self._clients, self._caller = options, clients, caller

    async def draw(self, model: str, ask: ImageAsk, budget_s: float) -> Drawn:
        """Up to ``count`` pictures, four at most. Raises ContentBlocked when all are filtered."""

        async def work() -> Any:
            with our_errors(model):
                return await self._predict(model, ask, budget_s)

        logger.info("%s is asked with prompt %s", model, ask.fingerprint)
        response = await self._caller.call(model, work, budget_s)
        images, reasons = await asyncio.to_thread(_read, response)
        # what was filtered without a reason is missing without a word
        reasons += ["filtered"] * (min(ask.count, MOST) - len(images) - len(reasons))
        if not images:
            raise ContentBlocked(f"{model} filtered all pictures", reasons[0], "image")
        return Drawn(images, model, reasons, count(model, self._options.prices, images=len(images)))

    async def _predict(self, model: str, ask: ImageAsk, budget_s: float) -> Any:
        from google.cloud.aiplatform_v1.types import PredictRequest

        place = self._options.imagen_location
        client, metadata = self._clients.imagen(place)
        request = PredictRequest(endpoint=self._clients.endpoint(model, place), parameters=parameters_of(ask))
        # the constructor does not take instances
        request.instances.append({"prompt": ask.prompt})  # pyright: ignore[reportArgumentType]
        return await client.predict(request, timeout=budget_s, retry=None, metadata=metadata)


def parameters_of(ask: ImageAsk) -> dict[str, Any]:
    """Imagen's parameters. A seed works only without a watermark; reasons come only when asked for."""
    parameters: dict[str, Any] = {
        "sampleCount": min(ask.count, MOST),
        "aspectRatio": nearest_aspect(ask.aspect, ASPECTS),
        "seed": ask.seed % 2**31,
        "addWatermark": False,
        "includeRaiReason": True,
        "personGeneration": "allow_all",
        "language": "auto",
    }
    return parameters | ({"negativePrompt": ask.negative} if ask.negative else {})


def _read(response: Any) -> tuple[list[bytes], list[str]]:
    predictions = [dict(each) for each in response.predictions]
    images = [base64.b64decode(each["bytesBase64Encoded"]) for each in predictions if "bytesBase64Encoded" in each]
    return [as_png(image) for image in images], [
        each["raiFilteredReason"] for each in predictions if "raiFilteredReason" in each
    ]
