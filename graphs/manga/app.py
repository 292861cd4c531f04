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
from graphs.common.choice import DRAFT
from graphs.manga import book as manga_book
from graphs.manga import steps as phases
from graphs.manga.artists import ARTISTS
from graphs.manga.names import WRITERS, ModelName, PhaseStep
from graphs.style.app import workflows
from serve_app.http.application import Application
from serve_app.http.factory import create_app
from serve_app.manga import events, routes, service
from serve_app.manga.phases import phases_of_graph
from serve_app.manga.sessions import asks_people
from serve_app.manga.view import APP

ARTIST_REPLICAS = 5
GOOGLE = (ModelName.GEMINI, ModelName.IMAGEN, ModelName.GEMINI_IMAGE)
NO_PROJECT = "no Google Cloud project is set; set VERTEX_PROJECT, and see docs/how-to/use-google.md"


def make_graph(artists: int = ARTIST_REPLICAS) -> Graph:
    """The seven phases. Weights are the seconds that seed 003 gives them; titles are the seed's too."""
    panels = FanOut(phases.panel_ids, limit=2 * artists)
    return Graph(
        APP,
        (
            Step(PhaseStep.CONCEPT, phases.concept, weight=12, title="コンセプト・世界観分析", review=True),
            Step(
                PhaseStep.CHARACTERS,
                phases.characters,
                after=(PhaseStep.CONCEPT,),
                weight=18,
                title="キャラクター設定・簡易ビジュアル生成",
                review=True,
            ),
            Step(
                PhaseStep.STORY,
                phases.story,
                after=(PhaseStep.CONCEPT,),
                weight=15,
                title="プロット・ストーリー構成",
                review=True,
            ),
            Step(
                PhaseStep.NAME,
                phases.name,
                after=(PhaseStep.CHARACTERS, PhaseStep.STORY),
                weight=20,
                title="ネーム生成",
                review=True,
            ),
            Step(
                PhaseStep.IMAGES,
                phases.draw,
                after=(PhaseStep.NAME,),
                weight=25,
                title="シーン画像生成",
                fan_out=panels,
                gather=phases.gather_images,
            ),
            Step(
                PhaseStep.DIALOGUE,
                phases.letter,
                after=(PhaseStep.IMAGES,),
                weight=4,
                title="セリフ配置",
                fan_out=panels,
                gather=phases.gather_dialogue,
                review=True,
            ),
            Step(PhaseStep.FINAL, manga_book.final, after=(PhaseStep.DIALOGUE,), weight=3, title="最終統合・品質調整"),
        ),
        reviewed=asks_people,
    )


class MangaArgs(AppArgs):
    """What ``args:`` of the manga application may say in ``serve_config.yaml``."""

    app = APP

    writer: ModelRef = ModelRef()
    artist: ModelRef = ModelRef(num_replicas=ARTIST_REPLICAS, max_ongoing_requests=1)
    # those of other applications, unless replicas of its own are configured here
    diffuser: ModelRef = ModelRef(ref="style/Diffuser", timeout_s=600.0)
    framepack: ModelRef = ModelRef(ref="framepack/FramePack", timeout_s=900.0)
    inpainter: ModelRef = ModelRef(ref="inpaint/Inpainter", timeout_s=600.0)
    gate: ModelRef = ModelRef(max_ongoing_requests=1000, max_queued_requests=-1)
    # calls wait for Google: a replica that waits can still be asked how it stands
    gemini: ModelRef = ModelRef(max_ongoing_requests=16, timeout_s=600.0)
    imagen: ModelRef = ModelRef(num_replicas=ARTIST_REPLICAS, max_ongoing_requests=2, timeout_s=600.0)
    gemini_image: ModelRef = ModelRef(max_ongoing_requests=16, timeout_s=600.0)
    diffusion: DiffuserArgs = DiffuserArgs()
    framepack_engine: FramePackArgs = FramePackArgs()
    inpainting: InpainterArgs = InpainterArgs()
    letterer: ModelRef = ModelRef(num_replicas=2)
    max_jobs: int = Field(default=2, ge=1, le=64, description="Sessions that one pipeline replica runs side by side.")


def create_manga_app(models: Mapping[str, Model]) -> FastAPI:
    """The HTTP side over the slots of the graph."""
    graph = make_graph()
    application = Application(
        name=APP,
        title="Koma Manga",
        summary="Turn a story into manga pages in seven phases.",
        routers=[routes.router, service.router, events.router],
        graphs=[graph],
        models=models,
        extras={
            "phases": phases_of_graph(graph),
            "writers": {name: slot for name, slot in WRITERS.items() if name != DRAFT},
            "artists": {name: artist.slot for name, artist in ARTISTS.items()},
        },
    )
    return create_app(application, get_settings())


def _create_on_replica(slots: Mapping[str, Slot | Absent]) -> FastAPI:
    return create_manga_app(open_models(slots))


def _google(args: MangaArgs) -> dict[str, Slot | Absent]:
    """The slots of Google's models: replicas that could only wait are not started."""
    if not get_settings().vertex_project:
        return dict.fromkeys(GOOGLE, Absent(NO_PROJECT))
    gate = bind_gate(args.gate)
    return {
        ModelName.GEMINI: args.gemini.slot(Gemini, gate),
        ModelName.IMAGEN: args.imagen.slot(Imagen, gate),
        ModelName.GEMINI_IMAGE: args.gemini_image.slot(GeminiImage, gate),
    }


def build(args: MangaArgs) -> Any:
    """The Serve application. Raises Misconfigured in a cloud that is not ready for it."""
    args.check_start()
    slots: dict[str, Slot | Absent] = {
        ModelName.WRITER: args.writer.slot(Writer),
        ModelName.ARTIST: args.artist.slot(Artist),
        ModelName.LETTERER: args.letterer.slot(Letterer),
        ModelName.DIFFUSER: args.diffuser.slot(Diffuser, dict(workflows(get_settings())), args.diffusion.model_dump()),
        ModelName.FRAMEPACK: args.framepack.slot(FramePack, args.framepack_engine.model_dump()),
        ModelName.INPAINTER: args.inpainter.slot(Inpainter, args.inpainting.model_dump()),
        **_google(args),
    }
    graph = make_graph(args.artist.most_replicas)
    pipeline = bind_pipeline(graph, slots, args.max_jobs, args.pipelines)
    return bind_ingress(partial(_create_on_replica, slots), args.ingresses, pipeline)
