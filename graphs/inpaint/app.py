"""The text-removal application: IOPaint's API over durable jobs and one model deployment."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import FastAPI
from pydantic import Field

from deployments.handles import Slot, open_models
from deployments.ingress import bind_ingress
from deployments.inpaint import Inpainter, InpainterArgs
from deployments.model_ref import ModelRef
from deployments.pipeline import bind_pipeline
from foundation.graph import FanOut, Graph, Model, Step
from foundation.settings import get_settings
from graphs.common.args import AppArgs
from graphs.inpaint import steps
from graphs.inpaint.names import MODEL, InpaintStep
from serve_app.http.application import Application
from serve_app.http.body_limit import largest_body
from serve_app.http.factory import create_app
from serve_app.inpaint import events, routes, service, sync
from serve_app.inpaint.diagnosis import members
from serve_app.inpaint.schemas import APP
from serve_app.inpaint.status import NAME


def make_graph(windows_at_once: int = 1) -> Graph:
    """The steps of a task. Weights are the shares of the original service's stages."""
    windows = FanOut(steps.window_names, limit=windows_at_once)
    return Graph(
        APP,
        (
            Step(InpaintStep.PREPARING, steps.prepare, weight=5),
            Step(InpaintStep.MASKING, steps.mask, after=(InpaintStep.PREPARING,), weight=10),
            Step(
                InpaintStep.INPAINTING,
                steps.fill,
                after=(InpaintStep.MASKING,),
                weight=75,
                fan_out=windows,
                gather=steps.gather_windows,
            ),
            Step(InpaintStep.FINALIZING, steps.finalize, after=(InpaintStep.INPAINTING,), weight=10),
            Step(InpaintStep.NOTIFYING, steps.notify, after=(InpaintStep.FINALIZING,), weight=0),
        ),
        result=InpaintStep.FINALIZING,
    )


class InpaintArgs(AppArgs):
    """What ``args:`` of the inpaint application may say in ``serve_config.yaml``."""

    app = APP

    inpainter: ModelRef = ModelRef(max_queued_requests=16, timeout_s=600.0)
    engine: InpainterArgs = InpainterArgs()
    max_jobs: int = Field(default=4, ge=1, le=64, description="Tasks that one pipeline replica runs side by side.")


def create_inpaint_app(models: Mapping[str, Model]) -> FastAPI:
    """The HTTP side over a model slot named ``inpainter``."""
    settings = get_settings()
    application = Application(
        name=APP,
        title=NAME,
        summary="Remove lettering from pictures; every other pixel stays as it was.",
        routers=[service.router, sync.router, routes.router, events.router],
        graphs=[make_graph()],
        engines={"inpainter": MODEL},
        max_body_bytes=largest_body(settings, pictures=2),
        models=models,
        members=members,
        extras={"model_state": service.ModelState(settings)},
    )
    return create_app(application, settings)


def _create_on_replica(slots: Mapping[str, Slot]) -> FastAPI:
    return create_inpaint_app(open_models(slots))


def build(args: InpaintArgs) -> Any:
    """The Serve application. Raises Misconfigured in a cloud that is not ready for it."""
    args.check_start()
    slot = args.inpainter.slot(Inpainter, args.engine.model_dump())
    pipeline_slots = {MODEL: slot}
    # requests of clients wait in Serve's queue, which is bounded and answers 503
    ingress_slots = {MODEL: replace(slot, calls=None)}
    graph = make_graph(slot.calls or args.max_jobs)
    pipeline = bind_pipeline(graph, pipeline_slots, args.max_jobs, args.pipelines)
    return bind_ingress(partial(_create_on_replica, ingress_slots), args.ingresses, pipeline)
