"""The schemas of Kubernetes, KubeRay and Compose, as their owners wrote them: see ``vendored/README.md``.

Unknown names are errors here as they are there: a slip of the pen must not wait for a cluster to be found.
"""

import json
from pathlib import Path
from typing import Any

import jsonschema

VENDORED = Path(__file__).parent / "vendored"


def _read(name: str) -> Any:
    return json.loads((VENDORED / name).read_text())


KUBERNETES = _read("kubernetes.json")
RAY_SERVICE = jsonschema.Draft202012Validator(_read("rayservice.json"))
COMPOSE = jsonschema.Draft7Validator(_read("compose-spec.json"))


def check_object(manifest: Any) -> None:
    """Check one object of a manifest. Raises ValidationError, and KeyError for a kind that is not known here."""
    if manifest["kind"] == "RayService":
        RAY_SERVICE.validate(manifest)
        return
    definition = KUBERNETES["kinds"][manifest["kind"]]
    schema = {"$ref": f"#/definitions/{definition}", "definitions": KUBERNETES["definitions"]}
    jsonschema.Draft202012Validator(schema).validate(manifest)
