"""The ingress of every application: an app built on the replica by a function that the builder hands in."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from ray import serve

from deployments.telemetry import start_telemetry


class Ingress:
    """Serves the ASGI app that ``create_app`` makes."""

    def __init__(self, create_app: Callable[[], FastAPI], *_needs: Any) -> None:
        start_telemetry()
        self._create_app = create_app

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Build the app here: locks and loops do not travel between processes."""
        return self._create_app()


INGRESS_CPUS = 0.1


def bind_ingress(create_app: Callable[[], FastAPI], num_replicas: int, *needs: Any) -> Any:
    """An ingress for a builder. ``needs`` are bound only so that they belong to the same application."""
    deployment = serve.deployment(
        serve.ingress()(Ingress),
        name="Ingress",
        num_replicas=num_replicas,
        max_ongoing_requests=200,
        ray_actor_options={"num_cpus": INGRESS_CPUS},
    )
    return deployment.bind(create_app, *needs)
