"""The nodes by class name. A node's function is its only declaration.

    @node("ImageInvert", "IMAGE", category="image")
    def image_invert(ctx: NodeContext, image: ImageIn) -> tuple[Tensor]:
        return (1 - image,)

Parameters behind ``ctx`` are the inputs, in order; those with a default are optional.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_type_hints

from engines.comfy.ports import Port
from engines.comfy.tooltips import TOOLTIPS
from engines.comfy.values import HEAVY

if TYPE_CHECKING:
    from engines.comfy.context import ComfyContext

Values = Mapping[str, Any]
Check = Callable[["ComfyContext", Values], str | None]
Fingerprint = Callable[["ComfyContext", Values], str]


def _same(context: "ComfyContext", values: Values) -> str:
    return ""


@dataclass(frozen=True)
class NodeSpec:
    """Everything about a class of nodes.

    ``check`` looks at plain values before execution and gives ``input - what is wrong``. ``fingerprint`` stands for
    files behind the values. ``run`` takes a context and the inputs and gives a tuple of outputs, or for output nodes
    what a client displays of them.
    """

    name: str
    run: Callable[..., Any]
    required: Mapping[str, Port]
    optional: Mapping[str, Port]
    outputs: tuple[str, ...]
    output_names: tuple[str, ...]
    title: str
    category: str
    description: str
    output_node: bool = False
    check: Check | None = None
    fingerprint: Fingerprint = field(default=_same)

    @property
    def inputs(self) -> dict[str, Port]:
        """All inputs, required ones first."""
        return {**self.required, **self.optional}

    @property
    def heavy(self) -> bool:
        """Whether its outputs hold weights."""
        return not HEAVY.isdisjoint(self.outputs)


NODES: dict[str, NodeSpec] = {}


def node(
    name: str,
    *outputs: str,
    category: str,
    title: str = "",
    names: tuple[str, ...] = (),
    output_node: bool = False,
    check: Check | None = None,
    fingerprint: Fingerprint = _same,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the class ``name`` with these types of outputs."""

    def register(run: Callable[..., Any]) -> Callable[..., Any]:
        required, optional = _ports(run)
        NODES[name] = NodeSpec(
            name=name,
            run=run,
            required=required,
            optional=optional,
            outputs=outputs,
            output_names=names or outputs,
            title=title or name,
            category=category,
            description=inspect.getdoc(run) or "",
            output_node=output_node,
            check=check,
            fingerprint=fingerprint,
        )
        return run

    return register


def _ports(run: Callable[..., Any]) -> tuple[dict[str, Port], dict[str, Port]]:
    hints = get_type_hints(run, include_extras=True)
    required: dict[str, Port] = {}
    optional: dict[str, Port] = {}
    for parameter in list(inspect.signature(run).parameters.values())[1:]:
        found = [port for port in _metadata(hints[parameter.name]) if isinstance(port, Port)]
        port = _with_tooltip(parameter.name, found[0])
        (required if parameter.default is inspect.Parameter.empty else optional)[parameter.name] = port
    return required, optional


def _with_tooltip(name: str, port: Port) -> Port:
    return replace(port, options={**port.options, "tooltip": TOOLTIPS[name]}) if name in TOOLTIPS else port


def _metadata(hint: Any) -> list[Any]:
    """The annotations of a type; of ``X | None`` those of X."""
    own = list(getattr(hint, "__metadata__", ()))
    return own or [item for part in getattr(hint, "__args__", ()) for item in getattr(part, "__metadata__", ())]
