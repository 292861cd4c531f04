"""What a workflow needs that is not here: classes of nodes, and files of weights."""

from collections.abc import Mapping
from typing import Any

from engines.comfy.catalogue import catalogue
from engines.comfy.context import ComfyContext
from engines.comfy.graph import links_of, order_of
from engines.comfy.ports import Combo


def missing_parts(workflow: Mapping[str, Mapping[str, Any]], context: ComfyContext) -> list[str]:
    """Each missing part in a few words, for the nodes that the outputs need; empty where nothing is missing."""
    known = catalogue()
    unknown = sorted({node["class_type"] for node in workflow.values()} - known.keys())
    if unknown:
        return [f"the node {name}, which is not one of those here" for name in unknown]
    specs = {node: known[entry["class_type"]] for node, entry in workflow.items()}
    links = {node: links_of(workflow[node], spec.inputs) for node, spec in specs.items()}
    needed = order_of(links, [node for node, spec in specs.items() if spec.output_node]).nodes
    found = [part for node in needed for part in _missing_files(workflow[node], specs[node].inputs, context)]
    return list(dict.fromkeys(found))


def _missing_files(node: Mapping[str, Any], ports: Mapping[str, Any], context: ComfyContext) -> list[str]:
    found: list[str] = []
    for name, port in ports.items():
        value = node["inputs"].get(name)
        if isinstance(port, Combo) and port.folder and isinstance(value, str) and value not in port.values(context):
            found.append(f"{value} in MODEL_DIR/{port.folder}")
    return found
