"""The manga application: seven phases as one durable graph, and the replicas that it is made of."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import FastAPI
from pydantic import Field

from deployments.diffuser import Diffuser, DiffuserArgs
from deployments.framepack import FramePack, FramePackArgs
from deployments.gemini import Gemini
from deployments.handles import Absent, Slot, open_models
from deployments.imagen import GeminiImage, Imagen
from deployments.ingress import bind_ingress
from deployments.inpaint import Inpainter, InpainterArgs
from deployments.manga import Artist, Letterer, Writer
from deployments.model_ref import ModelRef
from deployments.pipeline import bind_pipeline
from deployments.vertex_gate import bind_gate
from foundation.graph import FanOut, Graph, Model, Step
from foundation.settings import get_settings
from graphs.common.args import AppArgs
from graphs.manga import book as manga_book
from graphs.manga import steps as phases
from graphs.style.app import workflows
from serve_app.http.factory import Service, create_app
from serve_app.manga.events import socket_router
from serve_app.manga.routes import manga_router
from serve_app.manga.sessions import asks_people
from serve_app.manga.view import APP, Phase, Phases

ARTISTS = 5
GOOGLE = ("gemini", "imagen", "gemini_image")
NO_PROJECT = "no Google Cloud project is set; set VERTEX_PROJECT, and see docs/how-to/use-google.md"


def make_graph(artists: int = ARTISTS) -> Graph:
    """The seven phases. Weights are the seconds that seed 003 gives them; titles are the seed's too."""
    panels = FanOut(phases.panel_ids, limit=2 * artists)
    return Graph(
        APP,
        (
            Step("concept_analysis", phases.concept, weight=12, title="コンセプト・世界観分析", review=True),
            Step(
                "character_design",
                phases.characters,
                after=("concept_analysis",),
                weight=18,
                title="キャラクター設定・簡易ビジュアル生成",
                review=True,
            ),
            Step(
                "story_structure",
                phases.story,
                after=("concept_analysis",),
                weight=15,
                title="プロット・ストーリー構成",
                review=True,
            ),
            Step(
                "name_generation",
                phases.name,
                after=("character_design", "story_structure"),
                weight=20,
                title="ネーム生成",
                review=True,
            ),
            Step(
                "scene_imagery",
                phases.draw,
                after=("name_generation",),
                weight=25,
                title="シーン画像生成",
                fan_out=panels,
                gather=phases.gather_images,
            ),
            Step(
                "dialogue_layout",
                phases.letter,
                after=("scene_imagery",),
                weight=4,
                title="セリフ配置",
                fan_out=panels,
                gather=phases.gather_dialogue,
                review=True,
            ),
            Step(
                "final_composition", manga_book.final, after=("dialogue_layout",), weight=3, title="最終統合・品質調整"
            ),
        ),
        reviewed=asks_people,
    )


class MangaArgs(AppArgs):
    """What ``args:`` of the manga application may say in ``serve_config.yaml``."""

    app = APP

    writer: ModelRef = ModelRef()
    artist: ModelRef = ModelRef(num_replicas=ARTISTS, max_ongoing_requests=1)
    # those of other applications, unless replicas of its own are configured here
    diffuser: ModelRef = ModelRef(ref="style/Diffuser", timeout_s=600.0)
    framepack: ModelRef = ModelRef(ref="framepack/FramePack", timeout_s=900.0)
    inpainter: ModelRef = ModelRef(ref="inpaint/Inpainter", timeout_s=600.0)
    gate: ModelRef = ModelRef(max_ongoing_requests=1000, max_queued_requests=-1)
    # calls wait for Google: a replica that waits can still be asked how it stands
    gemini: ModelRef = ModelRef(max_ongoing_requests=16, timeout_s=600.0)
    imagen: ModelRef = ModelRef(num_replicas=ARTISTS, max_ongoing_requests=2, timeout_s=600.0)
    gemini_image: ModelRef = ModelRef(max_ongoing_requests=16, timeout_s=600.0)
    diffusion: DiffuserArgs = DiffuserArgs()
    framepack_engine: FramePackArgs = FramePackArgs()
    inpainting: InpainterArgs = InpainterArgs()
    letterer: ModelRef = ModelRef(num_replicas=2)
    max_jobs: int = Field(default=2, ge=1, le=64, description="Sessions that one pipeline replica runs side by side.")


def create_manga_app(models: Mapping[str, Model]) -> FastAPI:
    """The HTTP side over the slots of the graph."""
    steps = make_graph().steps
    told = Phases([Phase(n, step.name, step.title, step.review) for n, step in enumerate(steps, 1)])
    summary = "A story becomes manga pages in seven phases."
    service = Service(APP, "Koma Manga", summary, [manga_router(told), socket_router(told)], models=models)
    return create_app(service, get_settings())


def _create_on_replica(slots: Mapping[str, Slot | Absent]) -> FastAPI:
    return create_manga_app(open_models(slots))


def _google(args: MangaArgs) -> dict[str, Slot | Absent]:
    """The slots of Google's models: replicas that could only wait are not started."""
    if not get_settings().vertex_project:
        return dict.fromkeys(GOOGLE, Absent(NO_PROJECT))
    gate = bind_gate(args.gate)
    return {
        "gemini": args.gemini.slot(Gemini, gate),
        "imagen": args.imagen.slot(Imagen, gate),
        "gemini_image": args.gemini_image.slot(GeminiImage, gate),
    }


def build(args: MangaArgs) -> Any:
    """The Serve application. Raises Misconfigured in a cloud that is not ready for it."""
    args.check_start()
    slots: dict[str, Slot | Absent] = {
        "writer": args.writer.slot(Writer),
        "artist": args.artist.slot(Artist),
        "letterer": args.letterer.slot(Letterer),
        "diffuser": args.diffuser.slot(Diffuser, dict(workflows(get_settings())), args.diffusion.model_dump()),
        "framepack": args.framepack.slot(FramePack, args.framepack_engine.model_dump()),
        "inpainter": args.inpainter.slot(Inpainter, args.inpainting.model_dump()),
        **_google(args),
    }
    graph = make_graph(args.artist.most_replicas)
    pipeline = bind_pipeline(graph, slots, args.max_jobs, args.pipelines)
    return bind_ingress(partial(_create_on_replica, slots), args.ingresses, pipeline)
