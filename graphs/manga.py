"""The manga application: seven phases as one durable graph, and the replicas that it is made of."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from deployments.ingress import bind_ingress
from deployments.manga import Artist, Letterer, Writer
from deployments.model_ref import ModelRef
from deployments.pipeline import bind_pipeline
from foundation.graph import FanOut, Graph, Step
from foundation.settings import get_settings
from graphs import manga_book
from graphs import manga_phases as phases
from serve_app.factory import Service, create_app
from serve_app.manga.phases import APP, Phase, Phases
from serve_app.manga.routes import manga_router
from serve_app.manga.sessions import asks_people
from serve_app.manga.socket import socket_router

ARTISTS = 5


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


class MangaArgs(BaseModel):
    """What ``args:`` of the manga application may say in ``serve_config.yaml``."""

    model_config = ConfigDict(extra="forbid")

    writer: ModelRef = ModelRef()
    artist: ModelRef = ModelRef(num_replicas=ARTISTS, max_ongoing_requests=1)
    letterer: ModelRef = ModelRef(num_replicas=2)
    ingress_replicas: int = Field(default=1, ge=1, le=16)
    pipeline_replicas: int = Field(default=1, ge=1, le=16)
    max_jobs: int = Field(default=2, ge=1, le=64, description="Sessions that one pipeline replica runs side by side.")


def create_manga_app() -> FastAPI:
    """The HTTP side, built on each ingress replica."""
    steps = make_graph().steps
    told = Phases([Phase(n, step.name, step.title, step.review) for n, step in enumerate(steps, 1)])
    summary = "A story becomes manga pages in seven phases."
    service = Service(APP, "Koma Manga", summary, [manga_router(told), socket_router(told)])
    return create_app(service, get_settings())


def build(args: MangaArgs) -> Any:
    """The Serve application."""
    slots = {
        "writer": args.writer.slot(Writer),
        "artist": args.artist.slot(Artist),
        "letterer": args.letterer.slot(Letterer),
    }
    graph = make_graph(args.artist.num_replicas)
    pipeline = bind_pipeline(graph, slots, args.max_jobs, args.pipeline_replicas)
    return bind_ingress(create_manga_app, args.ingress_replicas, pipeline)
