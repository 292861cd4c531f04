"""The ingress of every application: an app built on the replica by a function that the builder hands in."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from ray import serve
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.scaling import RESERVED_CPUS, Copies
from deployments.telemetry import start_telemetry

REQUEST_ID = "x-request-id"


class Ingress:
    """Serves the ASGI app that ``create_app`` makes."""

    def __init__(self, create_app: Callable[[], FastAPI], *_needs: Any) -> None:
        start_telemetry()
        self._create_app = create_app

    def __serve_build_asgi_app__(self) -> FastAPI:
        """Build the app here: locks and loops do not travel between processes."""
        app = self._create_app()
        # the last one added is the first one asked
        app.add_middleware(IdOnce)
        return app


class IdOnce:
    """Leaves ``X-Request-ID`` off an answer where Serve adds the same: clients would read it twice, as one text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Serve has put an id on each that came without one."""
        known = Headers(scope=scope).get(REQUEST_ID) if scope["type"] == "http" else None

        async def send_once(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get(REQUEST_ID) == known:
                    del headers[REQUEST_ID]
            await send(message)

        await self._app(scope, receive, send_once if known else send)


def bind_ingress(create_app: Callable[[], FastAPI], copies: Copies, *needs: Any) -> Any:
    """An ingress for a builder. ``needs`` are bound only so that they belong to the same application."""
    deployment: Any = serve.deployment(
        serve.ingress()(Ingress),
        name="Ingress",
        # sockets of clients that follow their jobs count too
        max_ongoing_requests=200,
        max_queued_requests=200,
        backpressure_config={"status_code": 429, "retry_after_s": 2},
        ray_actor_options={"num_cpus": RESERVED_CPUS},
        **copies.options(),
    )
    return deployment.bind(create_app, *needs)
