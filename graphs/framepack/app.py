"""The FramePack application: seed 002 and the API that it grew from, over two lanes of durable jobs.

framepack        pictures, batches, transfers    4 jobs at once
framepack_video  films                           2 jobs at once

Each lane has its own queue, so that pictures never stand behind a film, nor films behind a stream of steps. Within
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
from graphs.framepack import steps, video_steps
from graphs.framepack.names import ENGINES, FilmStep, ImageStep
from serve_app.framepack import events, films, jobs, older, queue, repeat, routes, service, upkeep
from serve_app.framepack.schemas import IMAGES, VIDEOS, largest_body
from serve_app.http.application import Application
from serve_app.http.factory import create_app

MOST_ROWS = 8
IMAGE_GRAPH = Graph(
    IMAGES,
    (
        Step(ImageStep.PREPARING, steps.prepare, weight=2),
        Step(
            ImageStep.PAINTING,
            steps.paint,
            after=(ImageStep.PREPARING,),
            weight=96,
            fan_out=FanOut(steps.picture_names, limit=MOST_ROWS),
            gather=steps.gather,
        ),
        Step(ImageStep.FINISHING, steps.finish, after=(ImageStep.PAINTING,), weight=2),
    ),
)
VIDEO_GRAPH = Graph(
    VIDEOS,
    (
        Step(FilmStep.PREPARING, video_steps.prepare, weight=2),
        # each section begins from the one before it
        Step(
            FilmStep.FILMING,
            video_steps.film,
            after=(FilmStep.PREPARING,),
            weight=95,
            fan_out=FanOut(video_steps.section_names, limit=1),
            gather=video_steps.gather,
        ),
        Step(FilmStep.FINISHING, video_steps.finish, after=(FilmStep.FILMING,), weight=3),
    ),
)


class FramePackAppArgs(AppArgs):
    """What ``args:`` of the framepack application may say in ``serve_config.yaml``."""

    app = IMAGES

    # more than jobs can run at once: its state and the LoRAs that fit are asked for beside them
    framepack: ModelRef = ModelRef(max_ongoing_requests=64, timeout_s=900.0)
    draft: ModelRef = ModelRef(max_ongoing_requests=64, timeout_s=300.0)
    engine: FramePackArgs = FramePackArgs()
    image_jobs: int = Field(default=4, ge=1, le=64, description="Jobs of pictures at once, in one pipeline replica.")
    video_jobs: int = Field(default=2, ge=1, le=64, description="Jobs of films at once, in one pipeline replica.")


def create_framepack_app(models: Mapping[str, Model]) -> FastAPI:
    """The HTTP side over the slots ``draft`` and ``framepack``."""
    settings = get_settings()
    application = Application(
        name=IMAGES,
        title=service.TITLE,
        summary="Generate pictures and films from a prompt, move one picture towards another, run batches in a queue.",
        routers=[
            service.router,
            routes.router,
            repeat.router,
            jobs.router,
            queue.router,
            events.router,
            older.router,
            films.router,
            upkeep.router,
        ],
        graphs=[IMAGE_GRAPH, VIDEO_GRAPH],
        engines={name: ENGINES[name] for name in ("draft", "local")},
        max_body_bytes=largest_body(settings),
        models=models,
        extras={"join_sections": video_steps.join_sections},
    )
    return create_app(application, settings)


def _create_on_replica(slots: Mapping[str, Slot]) -> FastAPI:
    return create_framepack_app(open_models(slots))


def build(args: FramePackAppArgs) -> Any:
    """The Serve application. Raises Misconfigured in a cloud that is not ready for it."""
    args.check_start()
    slots = {
        ENGINES["local"]: args.framepack.slot(FramePack, args.engine.model_dump()),
        ENGINES["draft"]: args.draft.slot(FramePackDraft),
    }
    images = bind_pipeline(IMAGE_GRAPH, slots, args.image_jobs, args.pipelines)
    videos = bind_pipeline(VIDEO_GRAPH, slots, args.video_jobs, args.pipelines, "VideoPipeline")
    return bind_ingress(partial(_create_on_replica, slots), args.ingresses, images, videos)
