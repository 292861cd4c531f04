"""The pattern of every ingress: one FastAPI app, built on the replica that serves it.

request -> request id -> CORS -> API key -> body limit -> route -> problem+json or answer
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import APIRouter, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline

from foundation.graph import Model
from foundation.settings import Settings
from serve_app.http import files
from serve_app.http.body_limit import BodyLimitMiddleware
from serve_app.http.head import HeadMiddleware
from serve_app.http.health import health_router
from serve_app.http.keys import KeyMiddleware
from serve_app.http.keys_openapi import tell_of_keys
from serve_app.http.openapi import complete_openapi
from serve_app.http.problems import Members, add_problem_handlers, on_unforeseen, problem_responses
from serve_app.http.request_id import HEADER, RequestIdMiddleware
from serve_app.http.warnings import HEADER as WARNINGS
from serve_app.jobs.stores import open_house

VERSION = "0.1.0"


@dataclass(frozen=True)
class Service:
    """What sets one application's ingress apart from the others.

    ``members`` are added to each problem. With ``own_health`` the routers bring ``/health`` themselves. ``lanes`` are
    the names under which its jobs are stored, by default its own.
    """

    name: str
    title: str
    summary: str
    routers: Sequence[APIRouter]
    max_body_bytes: int | None = None
    models: Mapping[str, Model] = field(default_factory=dict[str, Model])
    members: Members | None = None
    own_health: bool = False
    lanes: Sequence[str] = ()


def create_app(service: Service, settings: Settings) -> FastAPI:
    """An app with health, files, docs and the service's routers. Its stores open when it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with open_house(settings) as house:
            app.state.house = house
            app.state.models = service.models
            yield

    # the usual pages load their scripts from the network, and stay blank without it
    app = FastAPIOffline(
        title=service.title,
        summary=service.summary,
        version=VERSION,
        lifespan=lifespan,
        responses=problem_responses(413),
    )
    complete_openapi(app)
    app.state.members = service.members
    add_problem_handlers(app)
    # the last one added is the first one asked
    app.add_middleware(BodyLimitMiddleware, max_bytes=service.max_body_bytes or settings.max_body_bytes)
    if settings.api_keys:
        keys = [key.get_secret_value() for key in settings.api_keys]
        app.add_middleware(KeyMiddleware, keys=keys, origins=settings.origins, members=service.members)
        tell_of_keys(app)
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
    health = health_router(service.name, VERSION, service.lanes, short=not service.own_health)
    for router in (*service.routers, health, files.router):
        app.include_router(router)
    return app
