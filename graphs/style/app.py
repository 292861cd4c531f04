"""The style-transform application: seed 004 over durable jobs and three engines."""

from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from pydantic import Field

from deployments.diffuser import Diffuser, DiffuserArgs
from deployments.handles import Slot, open_models
from deployments.ingress import bind_ingress
from deployments.model_ref import ModelRef
from deployments.pipeline import bind_pipeline
from deployments.style import ComfyCluster, Filters
from engines.style.presets import Preset, load_presets
from engines.style.workflows import Workflow, load_workflows, with_checkpoint
from foundation.graph import Graph, Model, Step
from foundation.settings import Settings, get_settings
from graphs.common.args import AppArgs
from graphs.style import steps
from graphs.style.comfyui_steps import COMFYUI_GRAPH
from graphs.style.names import COMFY, DIFFUSER, ENGINES, FILTERS, StyleStep
from serve_app.comfyui import events as comfyui_events
from serve_app.comfyui import files
from serve_app.comfyui import routes as comfyui_routes
from serve_app.comfyui import service as comfyui_service
from serve_app.http.application import Application
from serve_app.http.body_limit import largest_body
from serve_app.http.factory import create_app
from serve_app.style import events, routes, service
from serve_app.style.catalogue import Catalogue
from serve_app.style.schemas import APP
from serve_app.style.view import members

ASSETS = Path(__file__).parents[2] / "assets"
GRAPH = Graph(
    APP,
    (
        Step(StyleStep.FETCHING, steps.fetch, weight=8),
        Step(StyleStep.CHOOSING, steps.choose, after=(StyleStep.FETCHING,), weight=2),
        Step(StyleStep.TRANSFORMING, steps.transform, after=(StyleStep.CHOOSING,), weight=85),
        Step(StyleStep.FINISHING, steps.finish, after=(StyleStep.TRANSFORMING,), weight=5),
    ),
    announce=steps.announce,
)


class StyleArgs(AppArgs):
    """What ``args:`` of the style application may say in ``serve_config.yaml``."""

    app = APP

    filters: ModelRef = ModelRef(max_ongoing_requests=8, max_queued_requests=16, timeout_s=120.0)
    # more than tasks can run at once: its state and whether it can run a prompt is asked beside them
    diffuser: ModelRef = ModelRef(max_ongoing_requests=64, timeout_s=600.0)
    comfy: ModelRef = ModelRef(max_ongoing_requests=64, timeout_s=600.0)
    diffusion: DiffuserArgs = DiffuserArgs()
    threads: int = Field(default=1, ge=1, description="Threads of the filters.")


def presets(settings: Settings) -> Mapping[str, Preset]:
    """The styles of Koma and of STYLE_DIR."""
    return load_presets([ASSETS / "styles", *([settings.style_dir] if settings.style_dir else [])])


def workflows(settings: Settings) -> Mapping[str, Workflow]:
    """The workflows of Koma and of WORKFLOW_DIR."""
    found = load_workflows([ASSETS / "workflows", *([settings.workflow_dir] if settings.workflow_dir else [])])
    return {name: with_checkpoint(workflow, settings.style_checkpoint) for name, workflow in found.items()}


def make_catalogue(settings: Settings) -> Catalogue:
    """The styles and workflows for the ingress."""
    nodes = {
        name: dict(Counter(node["class_type"] for node in workflow.values()))
        for name, workflow in workflows(settings).items()
    }
    return Catalogue({name: preset.model_dump() for name, preset in presets(settings).items()}, nodes)


def create_style_app(models: Mapping[str, Model], catalogue: Catalogue) -> FastAPI:
    """The HTTP side over the model slots."""
    settings = get_settings()
    application = Application(
        name=APP,
        title=service.TITLE,
        summary="Change the style of pictures: clay, anime, realistic, cartoon, oil painting, or a workflow of yours.",
        routers=[service.router, routes.router, events.router, *comfyui_routers()],
        graphs=[GRAPH, COMFYUI_GRAPH],
        engines={name: ENGINES[name] for name in ("draft", "local", "comfyui")},
        max_body_bytes=largest_body(settings),
        models=models,
        members=members,
        own_health=True,
        extras={"catalogue": catalogue},
    )
    return create_app(application, settings)


def comfyui_routers() -> list[APIRouter]:
    """ComfyUI's routes, bare and under ``/api`` as ComfyUI has them."""
    bare = [comfyui_routes.router, files.router, comfyui_service.router, comfyui_events.router]
    below = APIRouter(prefix="/api", include_in_schema=False)
    for router in bare:
        below.include_router(router)
    return [*bare, below]


def _create_on_replica(slots: Mapping[str, Slot], catalogue: Catalogue) -> FastAPI:
    return create_style_app(open_models(slots), catalogue)


def build(args: StyleArgs) -> Any:
    """The Serve application. Raises Misconfigured in a cloud that is not ready for it."""
    args.check_start()
    settings = get_settings()
    recipes = {name: preset.model_dump() for name, preset in presets(settings).items()}
    templates = dict(workflows(settings))
    slots = {
        FILTERS: args.filters.slot(Filters, recipes, args.threads),
        DIFFUSER: args.diffuser.slot(Diffuser, templates, args.diffusion.model_dump()),
        COMFY: args.comfy.slot(ComfyCluster, templates),
    }
    at_once = settings.max_concurrent_tasks
    pipeline = bind_pipeline(GRAPH, slots, at_once, args.pipelines)
    prompts = {DIFFUSER: slots[DIFFUSER]}
    comfyui = bind_pipeline(COMFYUI_GRAPH, prompts, at_once, args.pipelines, "ComfyUIPipeline")
    ingress = partial(_create_on_replica, slots, make_catalogue(settings))
    return bind_ingress(ingress, args.ingresses, pipeline, comfyui)
