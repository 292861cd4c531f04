"""All nodes by class name, with the modules that register them."""

from collections.abc import Mapping

import engines.comfy.nodes  # noqa: F401  registers them
from engines.comfy.registry import NODES, NodeSpec


def catalogue() -> Mapping[str, NodeSpec]:
    """All nodes by class name."""
    return NODES
