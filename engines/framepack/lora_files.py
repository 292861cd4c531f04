"""LoRA files: read without trust, and their layers under the names of diffusers.

file -> parts of each layer (down, up, alpha) -> layers of the transformer -> a Match, or InvalidInput with counts
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from engines.framepack.lora_names import Target, Targets, targets_of
from foundation.errors import InvalidInput

SUFFIX = ".safetensors"
LARGEST_BYTES = 4 * 2**30
PARTS = {
    ".lora_down.weight": "down",
    ".lora_up.weight": "up",
    ".lora_A.weight": "down",
    ".lora_B.weight": "up",
    ".lora_A.default.weight": "down",
    ".lora_B.default.weight": "up",
    ".lora.down.weight": "down",
    ".lora.up.weight": "up",
    ".alpha": "alpha",
}


@dataclass(frozen=True)
class Match:
    """A file that fits: ``keys`` tensors, all used. ``layers`` are peft's tensors, alpha folded in."""

    name: str
    keys: int
    layers: Mapping[str, Tensor]


def read(folder: Path, name: str) -> dict[str, Tensor]:
    """All tensors of a LoRA below a folder. Raises InvalidInput for names that lead out of it and for broken files."""
    path = (folder / name).resolve()
    if path.suffix != SUFFIX or not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise InvalidInput(f"lora_paths: there is no LoRA {name}; GET /loras lists them")
    if path.stat().st_size > LARGEST_BYTES:
        raise InvalidInput(f"lora_paths: {name} has more than {LARGEST_BYTES >> 30} GiB")
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise InvalidInput(f"lora_paths: {name} cannot be read as {SUFFIX}: copy the file again ({error})") from error


def targets_in(transformer: nn.Module) -> Targets:
    """What names of files stand for in a transformer that has no LoRA."""
    linears = {path: layer for path, layer in transformer.named_modules() if isinstance(layer, nn.Linear)}
    return targets_of({path: (layer.in_features, layer.out_features) for path, layer in linears.items()})


def match(name: str, tensors: Mapping[str, Tensor], targets: Targets) -> Match:
    """The file's layers for a transformer. Raises InvalidInput when not all of its keys fit."""
    layers: dict[str, Tensor] = {}
    fitting = 0
    for layer, parts in _layers(tensors).items():
        converted = _converted(targets.get(layer, ()), parts)
        fitting += len(parts) if converted else 0
        layers |= converted
    if fitting != len(tensors) or not fitting:
        raise InvalidInput(
            f"lora_paths: {fitting} of {len(tensors)} keys of {name} match the transformer; choose a LoRA made for "
            "FramePack or HunyuanVideo"
        )
    return Match(name, len(tensors), layers)


def _layers(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Tensors by layer and part; what is no part of a LoRA stands alone under its own name."""
    found: dict[str, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        suffix = next((suffix for suffix in PARTS if key.endswith(suffix)), None)
        if suffix is None:
            found.setdefault(key, {})["unknown"] = value
        else:
            found.setdefault(key.removesuffix(suffix), {})[PARTS[suffix]] = value
    return found


def _converted(targets: tuple[Target, ...], parts: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The parts of one layer for all the layers it stands for; nothing when they do not fit."""
    if not targets or not {"down", "up"} <= set(parts) <= {"down", "up", "alpha"}:
        return {}
    down, up, alpha = parts["down"], parts["up"], parts.get("alpha")
    if down.ndim != 2 or up.ndim != 2 or down.shape[0] != up.shape[1] or not down.shape[0]:
        return {}
    if not (down.is_floating_point() and up.is_floating_point()) or (alpha is not None and alpha.numel() != 1):
        return {}
    rows = sum(target.outputs for target in targets)
    if up.shape[0] != rows or any(down.shape[1] != target.inputs for target in targets):
        return {}
    if alpha is not None:
        up = up * (float(alpha) / down.shape[0])
    return dict(_split(targets, down, up))


def _split(targets: tuple[Target, ...], down: Tensor, up: Tensor) -> Iterator[tuple[str, Any]]:
    sizes = [target.outputs for target in targets]
    for target, part in zip(targets, up.split(sizes), strict=True):
        yield f"{target.name}.lora_A.weight", down
        yield f"{target.name}.lora_B.weight", part.contiguous()
