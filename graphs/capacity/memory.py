"""``assets/models/memory.json``, which ``scripts/make_memory_table`` computes."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

PLACE = Path(__file__).parents[2] / "assets" / "models" / "memory.json"
GIB = float(2**30)


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return json.loads(PLACE.read_text())


def weights_gib(part: str, fp8: bool = False) -> float:
    """The weights of a part in GiB, as Koma stores them on a GPU."""
    return _table()["weights"][part]["fp8_bytes" if fp8 else "bytes"] / GIB


def work_gib(work: str) -> float:
    """What a piece of work holds beside the weights, in GiB."""
    return _table()["work"][work] / GIB
