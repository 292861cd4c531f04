"""JSON schemas in the words that Gemini takes; what it does not know is checked when the answer is read."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

KNOWN = frozenset({
    "$defs", "$ref", "type", "format", "title", "description", "enum", "items", "prefixItems", "minItems", "maxItems",
    "minimum", "maximum", "anyOf", "oneOf", "properties", "additionalProperties", "required",
})  # fmt: skip
NAMED = ("$defs", "properties")


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of a model, without keywords that Gemini does not take."""
    return _known(model.model_json_schema())


def _known(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_known(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    known = {key: _value(key, value) for key, value in schema.items() if key in KNOWN}
    return known | ({"enum": [schema["const"]]} if "const" in schema else {})


def _value(key: str, value: Any) -> Any:
    """What stands behind a keyword; under some of them the keys are names."""
    if key in NAMED:
        return {name: _known(each) for name, each in value.items()}
    return value if key in {"enum", "required"} else _known(value)
