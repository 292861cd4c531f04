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
from serve_app.comfyui.events import socket_router
from serve_app.comfyui.files import file_router
from serve_app.comfyui.info import info_router
from serve_app.comfyui.routes import prompt_router
from serve_app.http.factory import Service, create_app
from serve_app.style.catalogue import Catalogue
from serve_app.style.events import event_router
from serve_app.style.routes import task_router
from serve_app.style.schemas import APP, largest_body
from serve_app.style.service import TITLE, service_router
from serve_app.style.view import members

ASSETS = Path(__file__).parents[2] / "assets"
GRAPH = Graph(
    APP,
    (
        Step("fetching", steps.fetch, weight=8),
        Step("choosing", steps.choose, after=("fetching",), weight=2),
        Step(steps.TRANSFORMING, steps.transform, after=("choosing",), weight=85),
        Step("finishing", steps.finish, after=(steps.TRANSFORMING,), weight=5),
    ),
    announce=steps.announce,
)


class StyleArgs(AppArgs):
    """What ``args:`` of the style application may say in ``serve_config.yaml``."""

    app = APP

    filters: ModelRef = ModelRef(max_ongoing_requests=8, max_queued_requests=16, timeout_s=120.0)
    # more than tasks can run at once: how it stands and what it thinks of a prompt is asked beside them
    diffuser: ModelRef = ModelRef(max_ongoing_requests=64, timeout_s=600.0)
    comfy: ModelRef = ModelRef(max_ongoing_requests=64, timeout_s=600.0)
    diffusion: DiffuserArgs = DiffuserArgs()
    threads: int = Field(default=1, ge=1, description="Threads of the filters.")


def presets(settings: Settings) -> Mapping[str, Preset]:
    """The styles of the house and of STYLE_DIR."""
    return load_presets([ASSETS / "styles", *([settings.style_dir] if settings.style_dir else [])])


def workflows(settings: Settings) -> Mapping[str, Workflow]:
    """The workflows of the house and of WORKFLOW_DIR."""
    found = load_workflows([ASSETS / "workflows", *([settings.workflow_dir] if settings.workflow_dir else [])])
    return {name: with_checkpoint(workflow, settings.style_checkpoint) for name, workflow in found.items()}


def catalogue_of(settings: Settings) -> Catalogue:
    """What the ingress is told of styles and workflows."""
    nodes = {
        name: dict(Counter(node["class_type"] for node in workflow.values()))
        for name, workflow in workflows(settings).items()
    }
    return Catalogue({name: preset.model_dump() for name, preset in presets(settings).items()}, nodes)


def create_style_app(models: Mapping[str, Model], catalogue: Catalogue) -> FastAPI:
    """The HTTP side over the slots of ``graphs.style.steps``."""
    settings = get_settings()
    service = Service(
        name=APP,
        title=TITLE,
        summary="Pictures in another style: clay, anime, realistic, cartoon, oil painting, and workflows of your own.",
        routers=[
            service_router(catalogue),
            task_router(settings, catalogue),
            event_router(),
            *comfyui_routers(settings),
        ],
        max_body_bytes=largest_body(settings),
        models=models,
        members=members,
        own_health=True,
    )
    return create_app(service, settings)


def comfyui_routers(settings: Settings) -> list[APIRouter]:
    """ComfyUI's routes, bare and under ``/api`` as ComfyUI has them."""
    bare = [prompt_router(), file_router(), info_router(settings), socket_router()]
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
        steps.FILTERS: args.filters.slot(Filters, recipes, args.threads),
        steps.DIFFUSER: args.diffuser.slot(Diffuser, templates, args.diffusion.model_dump()),
        steps.COMFY: args.comfy.slot(ComfyCluster, templates),
    }
    at_once = settings.max_concurrent_tasks
    pipeline = bind_pipeline(GRAPH, slots, at_once, args.pipelines)
    prompts = {steps.DIFFUSER: slots[steps.DIFFUSER]}
    comfyui = bind_pipeline(COMFYUI_GRAPH, prompts, at_once, args.pipelines, "ComfyUIPipeline")
    ingress = partial(_create_on_replica, slots, catalogue_of(settings))
    return bind_ingress(ingress, args.ingresses, pipeline, comfyui)
