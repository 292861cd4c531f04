"""A prompt of the ComfyUI API as a job of one step: the workflow itself, with the events of its nodes."""

import base64
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict
from functools import lru_cache
from pathlib import PurePosixPath

from foundation.blobs import BlobStore
from foundation.graph import Context, Graph, Json, Step
from foundation.metrics import IMAGES, count
from foundation.models.diffuser import (
    DiffuserClient,
    NodeExecuted,
    NodeFailure,
    NodesCached,
    NodeStarted,
    PictureSent,
    PromptEvent,
)
from foundation.models.progress import SamplerProgress
from foundation.settings import get_settings
from graphs.style.names import DIFFUSER, EXECUTING
from serve_app.comfyui.names import claim

APP = "comfyui"
# all but the first are latent2rgb here
PREVIEW_METHODS = ("none", "auto", "latent2rgb", "taesd")
Entry = Mapping[str, str]


async def execute(context: Context) -> Json:
    """Run the workflow, store the results of its output nodes, and pass on its events."""
    args = context.args
    pictures = {name: await context.load(key) for name, key in args["pictures"].items()}
    outputs: dict[str, Json] = {}
    client = DiffuserClient(context.models[DIFFUSER])
    stream = client.run_prompt(args["prompt"], pictures, wants_previews(args), True, args["outputs"])
    async with aclosing(stream) as events:
        async for event in events:
            kind, data = await _job_event(context, event)
            if isinstance(event, NodeExecuted):
                outputs[event.node] = data["output"]
            await context.emit(kind, data)
    return {"outputs": outputs}


async def _job_event(context: Context, event: PromptEvent) -> tuple[str, dict[str, Json]]:
    match event:
        case SamplerProgress():
            picture = {"preview": base64.b64encode(event.preview).decode()} if event.preview else {}
            return "progress", {"value": event.step, "max": event.total, "node": event.node} | picture
        case NodesCached():
            return "cached", {"nodes": list(event.nodes)}
        case NodeStarted():
            return "executing", {"node": event.node}
        case NodeExecuted():
            count(IMAGES, sum(map(len, event.files.values())), app=APP, engine="local")
            return "executed", {"node": event.node, "output": await _stored(context, event.output, event.files)}
        case PictureSent():
            count(IMAGES, 1, app=APP, engine="local")
            key = await context.save(EXECUTING, "sent.png", event.png)
            return "sent", {"value": event.number, "max": event.total, "node": event.node, "key": key}
        case NodeFailure():
            return "failed_node", asdict(event)


def wants_previews(args: Mapping[str, Json]) -> bool:
    """Whether a prompt sends pictures of its steps: what it asks for, else COMFYUI_PREVIEW_METHOD."""
    method = args["extra_data"].get("preview_method")
    return (method if method in PREVIEW_METHODS else get_settings().comfyui_preview_method) != "none"


async def _stored(
    context: Context, output: Mapping[str, list[Entry]], files: Mapping[str, list[bytes]]
) -> dict[str, list[Entry]]:
    """The output in ComfyUI's words, with the names under which ``/view`` finds the files."""
    return {
        kind: [await _named(context, entry, data) for entry, data in zip(entries, files[kind], strict=True)]
        for kind, entries in output.items()
    }


async def _named(context: Context, entry: Entry, data: bytes) -> Entry:
    name = entry["filename"]
    key = await context.save(EXECUTING, f"output{PurePosixPath(name).suffix}", data)
    blobs = _blobs(get_settings().resolved_blob_url)
    return {**entry, "filename": await claim(blobs, entry["type"], entry["subfolder"], name, key)}


@lru_cache(maxsize=1)
def _blobs(url: str) -> BlobStore:
    # names are not the job's own, and stay when its files are swept
    return BlobStore(url)


COMFYUI_GRAPH = Graph(APP, (Step(EXECUTING, execute),))
