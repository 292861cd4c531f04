"""A prompt of the ComfyUI surface as a job of one step: the workflow itself, its nodes told as events."""

import base64
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from foundation.graph import Context, Graph, Json, Step
from foundation.metrics import IMAGES, count
from graphs.style_steps import DIFFUSER

APP = "comfyui"
EXECUTING = "executing"


async def execute(context: Context) -> Json:
    """Run the workflow, keep what its output nodes make, and pass on what it tells."""
    args = context.args
    pictures = {name: await context.load(key) for name, key in args["pictures"].items()}
    outputs: dict[str, Json] = {}
    stream = context.models[DIFFUSER].stream("run_prompt", args["prompt"], pictures, True, True)
    async with aclosing(stream) as events:
        async for event in events:
            told = {key: value for key, value in event.items() if key not in {"kind", "files", "preview"}}
            if event["kind"] == "executed":
                count(IMAGES, len(event["files"]), app=APP, engine="local")
                told["output"] = outputs[event["node"]] = await _kept(context, event["output"], event["files"])
            if preview := event.get("preview"):
                told["preview"] = base64.b64encode(preview).decode()
            await context.emit(event["kind"], told)
    return {"outputs": outputs}


async def _kept(context: Context, output: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Json]:
    """The output in ComfyUI's words, with the names under which ``/view`` finds the files."""
    kept: dict[str, Json] = {}
    for kind, entries in output.items():
        keys = [await context.save(EXECUTING, entry["filename"], files[entry["filename"]]) for entry in entries]
        names = [key.rpartition("/")[2] for key in keys]
        kept[kind] = [
            {"filename": name, "subfolder": context.job_id, "type": entry["type"]}
            for name, entry in zip(names, entries, strict=True)
        ]
    return kept


COMFYUI_GRAPH = Graph(APP, (Step(EXECUTING, execute),))
