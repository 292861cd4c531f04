"""What a ComfyUI server lacks of a workflow, by its own lists: ``GET /object_info/{class}``."""

import asyncio
from collections.abc import Mapping
from typing import Any

from engines.comfycluster.server import Server

Json = Any
Workflow = Mapping[str, Mapping[str, Any]]


async def missing_parts(server: Server, workflow: Workflow) -> list[str]:
    """Classes of nodes, and files that are in no list of the server. Raises ServerLost.

    A server that does not describe a class is trusted to have it.
    """
    classes = sorted({node["class_type"] for node in workflow.values()})
    infos = dict(zip(classes, await asyncio.gather(*[server.node_info(name) for name in classes]), strict=True))
    found = [f"the node {name}" for name, info in infos.items() if info == {}]
    for node in workflow.values():
        found += _missing_values(node["inputs"], _inputs_of(infos[node["class_type"]]))
    return list(dict.fromkeys(found))


def _missing_values(values: Mapping[str, Json], inputs: Mapping[str, Json]) -> list[str]:
    chosen = [(value, _choices(inputs.get(name))) for name, value in values.items() if isinstance(value, str)]
    return [value for value, choices in chosen if choices is not None and value not in choices]


def _inputs_of(info: Json) -> dict[str, Json]:
    groups: Json = info.get("input") if isinstance(info, dict) else None  # pyright: ignore
    listed: list[Json] = [groups.get(kind) for kind in ("required", "optional")] if isinstance(groups, dict) else []  # pyright: ignore
    return {name: config for group in listed if isinstance(group, dict) for name, config in group.items()}  # pyright: ignore


def _choices(config: Json) -> list[Json] | None:
    """The list of an input; None for one that has none, or whose picture is uploaded with the task."""
    if not isinstance(config, list) or not config:
        return None
    options: Json = config[1] if len(config) > 1 and isinstance(config[1], dict) else {}  # pyright: ignore
    if any(str(name).endswith("_upload") for name in options):
        return None
    choices: Json = options.get("options") if config[0] == "COMBO" else config[0]
    return choices if isinstance(choices, list) else None  # pyright: ignore
