"""Errors of validation, in ComfyUI's shape."""

from collections.abc import Mapping, Sequence
from typing import Any

Fault = dict[str, Any]
LONG_LIST = 20


def fault(kind: str, message: str, details: str = "", **extra: Any) -> Fault:
    """One error."""
    return {"type": kind, "message": message, "details": details, "extra_info": extra}


def answer(error: Fault, node_errors: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A whole refusal."""
    return {"error": error, "node_errors": dict(node_errors or {})}


def no_prompt() -> dict[str, Any]:
    """A request without a workflow."""
    return answer(fault("no_prompt", "No prompt provided", "No prompt provided"))


def no_outputs() -> Fault:
    """A workflow that makes nothing."""
    return fault("prompt_no_outputs", "Prompt has no outputs")


def invalid(message: str, node: str) -> Fault:
    """A workflow that cannot be read, with the node at fault."""
    return fault("invalid_prompt", message, f"Node ID '#{node}'")


def failed_validation() -> Fault:
    """A workflow none of whose outputs can be made."""
    return fault("prompt_outputs_failed_validation", "Prompt outputs failed validation")


def missing(name: str) -> Fault:
    """A required input is not there."""
    return fault("required_input_missing", "Required input is missing", name, input_name=name)


def bad_link(name: str, config: Any, value: Any) -> Fault:
    """A link that is no pair of node and slot."""
    message = "Bad linked input, must be a length-2 list of [node_id, slot_index]"
    return fault("bad_linked_input", message, name, input_name=name, input_config=config, received_value=value)


def wrong_type(name: str, config: Any, received: str, wanted: str, link: Any) -> Fault:
    """A link from an output of another type."""
    return fault(
        "return_type_mismatch",
        "Return type mismatch between linked nodes",
        f"{name}, received_type({received}) mismatch input_type({wanted})",
        input_name=name,
        input_config=config,
        received_type=received,
        linked_node=link,
    )


def inner(name: str, config: Any, raised: tuple[str, str], link: Any) -> Fault:
    """A node that an input is linked to has links that lead nowhere."""
    kind, message = raised
    return fault(
        "exception_during_inner_validation",
        "Exception when validating inner node",
        message,
        input_name=name,
        input_config=config,
        exception_message=message,
        exception_type=kind,
        traceback=[],
        linked_node=link,
    )


def outer(raised: tuple[str, str]) -> Fault:
    """The same for an output node."""
    kind, message = raised
    return fault(
        "exception_during_validation", "Exception when validating node", message, exception_type=kind, traceback=[]
    )


def not_converted(name: str, config: Any, kind: str, value: Any, problem: str) -> Fault:
    """A value that is no number."""
    return fault(
        "invalid_input_type",
        f"Failed to convert an input value to a {kind} value",
        f"{name}, {value}, {problem}",
        input_name=name,
        input_config=config,
        received_value=value,
        exception_message=problem,
    )


def out_of_range(name: str, config: Any, value: Any, options: Mapping[str, Any]) -> Fault | None:
    """A number below its least or above its greatest value."""
    extra = {"input_name": name, "input_config": config, "received_value": value}
    if "min" in options and value < options["min"]:
        return fault("value_smaller_than_min", f"Value {value} smaller than min of {options['min']}", name, **extra)
    if "max" in options and value > options["max"]:
        return fault("value_bigger_than_max", f"Value {value} bigger than max of {options['max']}", name, **extra)
    return None


def not_listed(name: str, config: list[Any], value: Any) -> Fault:
    """A value that is not in its list; long lists are not repeated."""
    choices = config[0]
    long = len(choices) > LONG_LIST
    listed = f"(list of length {len(choices)})" if long else f"{choices}"
    details = f"{name}: '{value}' not in {listed}"
    return fault(
        "value_not_in_list",
        "Value not in list",
        details,
        input_name=name,
        input_config=None if long else config,
        received_value=value,
    )


def custom(details: str) -> Fault:
    """What a node's own check found: ``input - what is wrong``."""
    return fault(
        "custom_validation_failed",
        "Custom validation failed for node",
        details,
        input_name=details.partition(" - ")[0],
    )


def circle(node: str, nodes: Sequence[tuple[str, str]]) -> Fault:
    """A node that needs itself by way of ``nodes``, id and class of each."""
    path = " -> ".join(f"{each} ({name})" for each, name in [*nodes, nodes[0]])
    ids = [each for each, _ in nodes]
    return fault("dependency_cycle", "Dependency cycle detected", path, node_id=node, cycle_nodes=ids)
