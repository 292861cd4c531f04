"""The studio: the index page of the deployed applications. It serves no model."""

from functools import partial
from typing import Any

from fastapi import FastAPI
from pydantic import Field

from deployments.ingress import bind_ingress
from foundation.settings import get_settings
from graphs.common.args import AppArgs
from serve_app.http.application import Application
from serve_app.http.factory import create_app
from serve_app.studio import routes


class StudioArgs(AppArgs):
    """The applications that the front page names."""

    app = "studio"

    services: dict[str, str] = Field(
        default={"inpaint": "/iopaint", "framepack": "/framepack", "manga": "/manga", "style": "/style"},
        description="Name to prefix.",
    )


def create_studio_app(services: dict[str, str]) -> FastAPI:
    """The HTTP side, built on the replica."""
    application = Application(
        "studio", "Koma Studio", "The deployed applications.", [routes.router], extras={"services": services}
    )
    return create_app(application, get_settings())


def build(args: StudioArgs) -> Any:
    """The Serve application. Raises Misconfigured in a cloud that is not ready for it."""
    args.check_start()
    return bind_ingress(partial(create_studio_app, args.services), args.ingresses)
