"""The FramePack application: seed 002 and the API that it grew from, over two lanes of durable jobs.

framepack        pictures, batches, transfers    4 jobs at once
framepack_video  films                           2 jobs at once

Each lane has its own queue, so that pictures never stand behind a film, nor films behind a stream of pictures. Within
a replica their steps take turns.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import FastAPI
from pydantic import Field

from deployments.framepack import FramePack, FramePackArgs
from deployments.framepack_draft import FramePackDraft
from deployments.handles import Slot, open_models
from deployments.ingress import bind_ingress
from deployments.model_ref import ModelRef
from deployments.pipeline import bind_pipeline
from foundation.graph import FanOut, Graph, Model, Step
from foundation.settings import get_settings
from graphs.common.args import AppArgs
from graphs.framepack import steps as pictures
from graphs.framepack import video_steps as films
from graphs.framepack.choice import DRAFT, LOCAL
from serve_app.framepack.events import event_router
from serve_app.framepack.films import film_router
from serve_app.framepack.jobs import job_router
from serve_app.framepack.older import older_router
from serve_app.framepack.queue import queue_router
from serve_app.framepack.repeat import repeat_router
from serve_app.framepack.routes import image_router
from serve_app.framepack.schemas import APPS, IMAGES, VIDEOS, largest_body
from serve_app.framepack.service import TITLE, service_router
from serve_app.framepack.upkeep import upkeep_router
from serve_app.http.factory import Service, create_app

MOST_ROWS = 8
IMAGE_GRAPH = Graph(
    IMAGES,
    (
        Step(pictures.PREPARING, pictures.prepare, weight=2),
        Step(
            pictures.PAINTING,
            pictures.paint,
            after=(pictures.PREPARING,),
            weight=96,
            fan_out=FanOut(pictures.picture_names, limit=MOST_ROWS),
            gather=pictures.gather,
        ),
        Step(pictures.FINISHING, pictures.finish, after=(pictures.PAINTING,), weight=2),
    ),
)
VIDEO_GRAPH = Graph(
    VIDEOS,
    (
        Step(films.PREPARING, films.prepare, weight=2),
        # each section begins from the one before it
        Step(
            films.FILMING,
            films.film,
            after=(films.PREPARING,),
            weight=95,
            fan_out=FanOut(films.section_names, limit=1),
            gather=films.gather,
        ),
        Step(films.FINISHING, films.finish, after=(films.FILMING,), weight=3),
    ),
)


class FramePackAppArgs(AppArgs):
    """What ``args:`` of the framepack application may say in ``serve_config.yaml``."""

    app = IMAGES

    # more than jobs can run at once: how it stands and what LoRAs fit is asked beside them
    framepack: ModelRef = ModelRef(max_ongoing_requests=64, timeout_s=900.0)
    draft: ModelRef = ModelRef(max_ongoing_requests=64, timeout_s=300.0)
    engine: FramePackArgs = FramePackArgs()
    image_jobs: int = Field(default=4, ge=1, le=64, description="Jobs of pictures at once, in one pipeline replica.")
    video_jobs: int = Field(default=2, ge=1, le=64, description="Jobs of films at once, in one pipeline replica.")


def create_framepack_app(models: Mapping[str, Model]) -> FastAPI:
    """The HTTP side over the slots ``draft`` and ``framepack``."""
    settings = get_settings()
    service = Service(
        name=IMAGES,
        title=TITLE,
        summary="Pictures and films of a prompt, one picture taken towards another, batches and a queue to arrange.",
        routers=[
            service_router(),
            image_router(settings),
            repeat_router(settings),
            job_router(),
            queue_router(),
            event_router(),
            older_router(settings),
            film_router(settings, films.joined),
            upkeep_router(settings),
        ],
        max_body_bytes=largest_body(settings),
        models=models,
        lanes=APPS,
    )
    return create_app(service, settings)


def _create_on_replica(slots: Mapping[str, Slot]) -> FastAPI:
    return create_framepack_app(open_models(slots))


def build(args: FramePackAppArgs) -> Any:
    """The Serve application. Raises Misconfigured in a cloud that is not ready for it."""
    args.check_start()
    slots = {
        LOCAL: args.framepack.slot(FramePack, args.engine.model_dump()),
        DRAFT: args.draft.slot(FramePackDraft),
    }
    images = bind_pipeline(IMAGE_GRAPH, slots, args.image_jobs, args.pipelines)
    videos = bind_pipeline(VIDEO_GRAPH, slots, args.video_jobs, args.pipelines, "VideoPipeline")
    return bind_ingress(partial(_create_on_replica, slots), args.ingresses, images, videos)
