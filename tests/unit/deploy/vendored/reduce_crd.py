"""Reduces KubeRay's CRD of RayService to what our manifest is checked against.

    python -m tests.unit.deploy.vendored.reduce_crd ray.io_rayservices.yaml > rayservice.json

Only mechanical steps: version v1 without ``status``; descriptions and Kubernetes' own keywords left out; objects with
listed properties take no others, as the API server's strict validation has it; equal parts are written once, in ``$defs``.
"""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import yaml

SHORT = 200


def plain(node: Any) -> Any:
    """JSON schema for one part of the CRD's."""
    if isinstance(node, list):
        return [plain(each) for each in node]
    if not isinstance(node, dict):
        return node
    if node.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    kept = {name: each for name, each in node.items() if name in KEYWORDS}
    if "properties" in kept:
        kept["properties"] = {name: plain(each) for name, each in kept["properties"].items()}
        kept |= {} if node.get("x-kubernetes-preserve-unknown-fields") else {"additionalProperties": False}
    for name in ("items", "additionalProperties", "anyOf", "oneOf", "allOf"):
        if name in kept:
            kept[name] = plain(kept[name])
    return kept


KEYWORDS = {
    "type", "properties", "required", "items", "additionalProperties", "enum", "anyOf", "oneOf", "allOf",
    "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern",
}  # fmt: skip


def shared(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema with each larger part that occurs more than once moved to ``$defs``."""
    counts: Counter[str] = Counter()

    def count(node: Any) -> None:
        if isinstance(node, dict):
            text = json.dumps(node, sort_keys=True)
            if len(text) > SHORT:
                counts[text] += 1
                if counts[text] > 1:
                    return
        for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            count(each)

    count(schema)
    names = {text: f"part{number}" for number, text in enumerate(sorted(t for t, n in counts.items() if n > 1))}

    def put(node: Any, top: bool = False) -> Any:
        if isinstance(node, list):
            return [put(each) for each in node]
        if not isinstance(node, dict):
            return node
        name = None if top else names.get(json.dumps(node, sort_keys=True))
        return {"$ref": f"#/$defs/{name}"} if name else {key: put(each) for key, each in node.items()}

    parts = {name: put(json.loads(text), top=True) for text, name in names.items()}
    return put(schema, top=True) | {"$defs": parts}


def main() -> None:
    """Print the reduced schema of the CRD that is named."""
    crd = yaml.safe_load(Path(sys.argv[1]).read_text())
    version = next(each for each in crd["spec"]["versions"] if each["name"] == "v1")
    schema = plain(version["schema"]["openAPIV3Schema"])
    del schema["properties"]["status"]
    schema["properties"]["metadata"] = {"type": "object"}
    print(json.dumps(shared(schema), sort_keys=True, separators=(",", ":")))


if __name__ == "__main__":
    main()
