"""What the engine has to know; deployments take it from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from engines.vertex.usage import Price
from foundation.settings import Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class VertexOptions:
    """Where Google is, which models are used, what they cost. ``token`` replaces Google's own credentials."""

    project: str | None
    base_url: str | None
    grpc_target: str | None
    token: str | None = field(repr=False)
    location: str
    imagen_location: str
    text_model: str
    plan_model: str
    image_models: tuple[str, ...]
    attempts: int
    prices: Mapping[str, Price]

    @classmethod
    def of(cls, settings: Settings) -> "VertexOptions":
        """The options that the environment gives."""
        token = settings.vertex_token
        return cls(
            project=settings.vertex_project,
            base_url=settings.vertex_base_url,
            grpc_target=settings.vertex_grpc_target,
            token=token.get_secret_value() if token else None,
            location=settings.vertex_location,
            imagen_location=settings.vertex_imagen_location,
            text_model=settings.vertex_text_model,
            plan_model=settings.vertex_plan_model,
            image_models=tuple(settings.vertex_image_models),
            attempts=settings.vertex_attempts,
            prices={model: Price(**price) for model, price in settings.vertex_prices.items()},
        )

    @property
    def emulated(self) -> bool:
        """Whether the service is on this machine: there no credentials of Google's are needed."""
        return is_loopback(self.base_url or "") or is_loopback(f"//{self.grpc_target}" if self.grpc_target else "")


def is_loopback(url: str) -> bool:
    """Whether an address is this machine's own."""
    return urlsplit(url).hostname in LOOPBACK
