"""The memory table of Koma as plain data: what ``assets/models/memory.json`` has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines.memory.parts import PARTS, weights_of
from engines.memory.work import BF16, FP16, FP32, WORK

PLACE = Path(__file__).parents[2] / "assets" / "models" / "memory.json"
TYPES = {"framepack": BF16, "sd15": FP16, "sdxl": FP16, "lama": FP32}
IN_8_BITS = "framepack.transformer"


def weights_table() -> dict[str, dict[str, int]]:
    """By part: how many numbers, and how many bytes as Koma stores them on a GPU."""
    table: dict[str, dict[str, int]] = {}
    for name in PARTS:
        parameters, size = weights_of(name, TYPES[name.partition(".")[0]])
        table[name] = {"parameters": parameters, "bytes": size}
    table[IN_8_BITS]["fp8_bytes"] = weights_of(IN_8_BITS, BF16, fp8=True)[1]
    return table


def whole_table(report: Callable[[str], None]) -> dict[str, Any]:
    """Weights and work. Takes minutes; ``report`` hears of each line."""
    work: dict[str, int] = {}
    for name, measure in WORK.items():
        work[name] = measure()
        report(f"{name}: {work[name] / 2**30:.2f} GiB")
    return {"weights": weights_table(), "work": work}
