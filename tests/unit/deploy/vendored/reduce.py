"""Reduces schemas of Kubernetes and of KubeRay to what our manifests are checked against.

    python -m tests.unit.deploy.vendored.reduce ray.io_rayservices.yaml > rayservice.json
    python -m tests.unit.deploy.vendored.reduce swagger.json > kubernetes.json

Only mechanical steps: descriptions and Kubernetes' own keywords are left out, ``status`` too; objects with listed
properties take no others, as in the API server's strict validation; equal parts of the CRD are written once.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Json = dict[str, Any]
# shorter parts are repeated
SHORT = 200
KINDS = {
    "Job", "Namespace", "NetworkPolicy", "PersistentVolumeClaim", "PodDisruptionBudget", "PriorityClass", "Service",
    "ServiceAccount", "StatefulSet",
}  # fmt: skip
KEYWORDS = {
    "type", "properties", "required", "items", "additionalProperties", "enum", "anyOf", "oneOf", "allOf", "$ref",
    "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern",
}  # fmt: skip


def plain(node: Any) -> Any:
    """JSON schema for one part of theirs."""
    if isinstance(node, list):
        return [plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("x-kubernetes-int-or-string") or node.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    schema = {name: each for name, each in node.items() if name in KEYWORDS}
    if "properties" in schema:
        schema["properties"] = {name: plain(each) for name, each in schema["properties"].items() if name != "status"}
        schema |= {} if node.get("x-kubernetes-preserve-unknown-fields") else {"additionalProperties": False}
    for name in ("items", "additionalProperties", "anyOf", "oneOf", "allOf"):
        if name in schema:
            schema[name] = plain(schema[name])
    return schema


def children(node: Any) -> Iterator[Any]:
    """What lies directly in a node."""
    yield from node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()


def shared(schema: Json) -> Json:
    """The same schema with each larger part that occurs more than once moved to ``$defs``."""
    counts: Counter[str] = Counter()
    count(schema, counts)
    names = {text: f"part{number}" for number, text in enumerate(sorted(t for t, n in counts.items() if n > 1))}
    parts = {name: put(json.loads(text), names, top=True) for text, name in names.items()}
    return put(schema, names, top=True) | {"$defs": parts}


def count(node: Any, counts: Counter[str]) -> None:
    """Count the larger parts; within one that is known already nothing is new."""
    text = json.dumps(node, sort_keys=True) if isinstance(node, dict) else ""
    if len(text) > SHORT:
        counts[text] += 1
        if counts[text] > 1:
            return
    for each in children(node):
        count(each, counts)


def put(node: Any, names: dict[str, str], top: bool = False) -> Any:
    """The node with references in place of the parts that have names."""
    if isinstance(node, list):
        return [put(each, names) for each in node]
    if not isinstance(node, dict):
        return node
    name = None if top else names.get(json.dumps(node, sort_keys=True))
    return {"$ref": f"#/$defs/{name}"} if name else {key: put(each, names) for key, each in node.items()}


def of_crd(crd: Json) -> Json:
    """The schema of the one kind of a CRD."""
    version = next(each for each in crd["spec"]["versions"] if each["name"] == "v1")
    schema = plain(version["schema"]["openAPIV3Schema"])
    schema["properties"]["metadata"] = {"type": "object"}
    return shared(schema)


def of_swagger(swagger: Json) -> Json:
    """The definitions of ``KINDS`` with all that they refer to; ``kinds`` names the definition of each."""
    definitions = swagger["definitions"]
    kinds = {
        group["kind"]: name
        for name, each in definitions.items()
        for group in each.get("x-kubernetes-group-version-kind", [])
        if group["kind"] in KINDS and group["version"] == "v1"
    }
    result: Json = {}
    waiting = list(kinds.values())
    while waiting:
        name = waiting.pop()
        if name not in result:
            result[name] = plain(definitions[name])
            waiting += refs(result[name])
    return {"kinds": kinds, "definitions": result}


def refs(node: Any) -> list[str]:
    """The names of all definitions that a node refers to."""
    here = [node["$ref"].removeprefix("#/definitions/")] if isinstance(node, dict) and "$ref" in node else []
    return here + [name for each in children(node) for name in refs(each)]


def main() -> None:
    """Print the reduced schema of the file that is named: a CRD, or Kubernetes' own description."""
    source = yaml.load(Path(sys.argv[1]).read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schema = of_swagger(source) if "swagger" in source else of_crd(source)
    print(json.dumps(schema, sort_keys=True, separators=(",", ":")))


if __name__ == "__main__":
    main()
