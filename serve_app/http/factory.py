"""The pattern of every ingress: one FastAPI app, built on the replica that serves it.

request -> request id -> CORS -> API key -> body limit -> route -> problem+json or answer
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline

from foundation.settings import Settings
from serve_app.http import files, health
from serve_app.http.application import VERSION, Application
from serve_app.http.body_limit import BodyLimitMiddleware
from serve_app.http.head import HeadMiddleware
from serve_app.http.keys import KeyMiddleware
from serve_app.http.keys_openapi import describe_keys
from serve_app.http.openapi import complete_openapi
from serve_app.http.problems import add_problem_handlers, on_unforeseen, problem_responses
from serve_app.http.request_id import HEADER, RequestIdMiddleware
from serve_app.jobs.stores import open_stores
from serve_app.jobs.warnings import HEADER as WARNINGS


def create_app(application: Application, settings: Settings) -> FastAPI:
    """An app with health, files, docs and the application's routers. Its stores open when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_stores(settings, {graph.name: graph for graph in application.graphs}) as stores:
            app.state.stores = stores
            yield

    # the usual pages load their scripts from the network, and stay blank without it
    app = FastAPIOffline(
        title=application.title,
        summary=application.summary,
        version=VERSION,
        lifespan=lifespan,
        responses=problem_responses(413),
    )
    app.state.application = application
    complete_openapi(app)
    add_problem_handlers(app)
    _add_middleware(app, application, settings)
    own = [*application.routers, health.router, files.router]
    for router in own if application.own_health else [*own, health.short_router]:
        app.include_router(router)
    return app


def _add_middleware(app: FastAPI, application: Application, settings: Settings) -> None:
    """Add the middleware; the one added last sees a request first."""
    app.add_middleware(BodyLimitMiddleware, max_bytes=application.max_body_bytes or settings.max_body_bytes)
    if settings.api_keys:
        keys = [key.get_secret_value() for key in settings.api_keys]
        app.add_middleware(KeyMiddleware, keys=keys, origins=settings.origins, members=application.members)
        describe_keys(app)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "HEAD", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=[HEADER, WARNINGS, "Location", "Retry-After"],
        )
    app.add_middleware(HeadMiddleware)
    app.add_middleware(RequestIdMiddleware, on_error=on_unforeseen)
