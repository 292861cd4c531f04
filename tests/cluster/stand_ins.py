"""Timed stand-ins in place of models: they take the shares that the profiles give, and say where they lie."""

import asyncio
import os
from typing import Any

import ray
from fastapi import FastAPI
from ray import serve

from deployments.handles import Slot, open_models
from deployments.ingress import bind_ingress
from deployments.model_ref import ModelRef
from deployments.scaling import Copies


class Model:
    """Works for as long as it is told, and tells where."""

    async def work(self, seconds: float = 0.0) -> dict[str, Any]:
        await asyncio.sleep(seconds)
        return where()

    async def describe(self) -> dict[str, Any]:
        return {"ready": True, "detail": "a stand-in"}


def where() -> dict[str, Any]:
    context = ray.get_runtime_context()
    return {
        "replica": serve.get_replica_context().replica_id.unique_id,
        "node": context.get_node_id(),
        "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "share": context.get_assigned_resources().get("GPU", 0.0),
    }


def app_over(slot: Slot) -> FastAPI:
    """``POST /work?seconds=`` asks one replica."""
    app = FastAPI()
    model = open_models({"model": slot})["model"]

    @app.post("/work")
    async def work(seconds: float = 0.0) -> dict[str, Any]:
        return await model.call("work", seconds)

    return app


class _AppFactory:
    """Travels to the ingress; a closure would not."""

    def __init__(self, slot: Slot) -> None:
        self._slot = slot

    def __call__(self) -> FastAPI:
        return app_over(self._slot)


def bind_model(ref: ModelRef) -> Any:
    """An ingress over a stand-in with the options of a slot."""
    return bind_ingress(_AppFactory(ref.slot(Model)), Copies(1))
