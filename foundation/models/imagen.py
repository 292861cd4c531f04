"""Google's image models: Imagen, or a Gemini image model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from foundation.graph import Json, Model


@dataclass(frozen=True, kw_only=True)
class ImageJob:
    """``count`` pictures by a prompt. ``aspect`` is width / height; the model draws the nearest that it knows.

    Imagen takes neither the encoded ``references`` nor the sketch ``guide``.
    """

    prompt: str
    negative: str
    aspect: float
    seed: int
    references: Sequence[bytes] = ()
    guide: bytes | None = None
    count: int = 1


@dataclass(frozen=True)
class DrawnImages:
    """PNGs, and why others are missing (``filtered``). ``references`` counts the pictures that were looked at."""

    images: Sequence[bytes]
    model: str
    filtered: Sequence[str]
    usage: Mapping[str, Json]
    references: int


class ImagenClient:
    """Calls ``deployments.imagen.Imagen`` or ``GeminiImage``."""

    def __init__(self, model: Model) -> None:
        self._model = model

    async def draw(self, job: ImageJob, budget_s: float) -> DrawnImages:
        """Draw pictures.

        Raises ContentBlocked when all are filtered, RateLimited, Unreachable, BudgetSpent, ModelUnavailable,
        AuthFailed, and as ``Model.call``.
        """
        return await self._model.call("draw", job, budget_s)
