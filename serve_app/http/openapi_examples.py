"""Examples for operations that have none: made from the examples, defaults, choices and limits of their schemas."""

from typing import Any

Json = dict[str, Any]
DEEPEST = 6
OF_FORMAT = {"date-time": "2026-01-02T03:04:05Z", "uri": "https://example.com/page.png", "binary": "", "uuid": "0" * 32}


def add_examples(document: Json) -> None:
    """Give each JSON body, each JSON answer of success and each parameter of a document an example."""
    schemas = document.get("components", {}).get("schemas", {})
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                if "example" not in parameter and "examples" not in parameter:
                    parameter["example"] = example_of(parameter["schema"], schemas)
            contents = [operation.get("requestBody", {}).get("content", {})]
            contents += [answer.get("content", {}) for code, answer in operation["responses"].items() if code[0] == "2"]
            for content in contents:
                _add(content, schemas)


def _add(content: Json, schemas: Json) -> None:
    for media, each in content.items():
        if media in {"application/json", "multipart/form-data"} and "example" not in each and "examples" not in each:
            each["example"] = example_of(each.get("schema", {}), schemas)


def example_of(schema: Json, schemas: Json, depth: int = 0) -> Any:
    """A value that a schema allows; ``schemas`` are those that it may refer to."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, depth)
    for name in ("example", "const", "default"):
        if name in schema and schema[name] is not None:
            return schema[name]
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("anyOf", "oneOf", "allOf"):
        if schema.get(name):
            choices = [each for each in schema[name] if each.get("type") != "null"]
            return example_of(choices[0], schemas, depth) if choices else None
    return _of_type(schema, schemas, depth)


def _of_type(schema: Json, schemas: Json, depth: int) -> Any:
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, depth)
        case "array":
            return _array(schema, schemas, depth)
        case "string":
            return OF_FORMAT.get(schema.get("format", ""), "text".ljust(schema.get("minLength", 0), "."))
        case "integer" | "number":
            return max(schema.get("minimum", 0), schema.get("exclusiveMinimum", -1) + 1)
        case "boolean":
            return True
        case _:
            return None


def _object(schema: Json, schemas: Json, depth: int) -> Json:
    if depth > DEEPEST:
        return {}
    needed = schema.get("required", ())
    wanted = {
        name: each
        for name, each in schema.get("properties", {}).items()
        if name in needed or (depth == 0 and _has_example(each))
    }
    return {name: example_of(each, schemas, depth + 1) for name, each in wanted.items()}


def _has_example(schema: Json) -> bool:
    """Whether a property that may be left out is worth an example: one whose default is a value."""
    return schema.get("default") is not None or bool(schema.get("examples"))


def _array(schema: Json, schemas: Json, depth: int) -> list[Any]:
    if "prefixItems" in schema:
        return [example_of(each, schemas, depth + 1) for each in schema["prefixItems"]]
    count = max(schema.get("minItems", 0), 0 if depth > DEEPEST else 1)
    return [example_of(schema.get("items", {}), schemas, depth + 1) for _ in range(count)]
