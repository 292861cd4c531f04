"""All that a replica works with: models, LoRAs, what it read and saw, and the batcher that runs share."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from engines.batching.step_batcher import Bounds, StepBatcher
from engines.framepack.film_state import OpenFrames
from engines.framepack.loras import Loras
from engines.framepack.models import FramePackModels, WeightPlacement
from engines.framepack.pictures import ImageEncoder
from engines.framepack.rows import Transformers
from engines.framepack.run import FILMS, PICTURES
from engines.framepack.text import TextEncoder

# In each round every active picture takes a step, and one film takes one: neither waits for the other's end.
LANES: Mapping[str, int] = MappingProxyType({PICTURES: 4, FILMS: 1})


@dataclass(frozen=True)
class Runtime:
    """The engine's parts, for one device. ``close`` ends its thread."""

    models: FramePackModels
    loras: Loras
    text_encoder: TextEncoder
    image_encoder: ImageEncoder
    transformers: Transformers
    batcher: StepBatcher
    open_frames: OpenFrames

    def close(self) -> None:
        """Fail what is on its way."""
        self.batcher.close()


def open_runtime(
    weights: Path, loras: Path, place: WeightPlacement, rows: int = 1, pictures: int = LANES[PICTURES]
) -> Runtime:
    """Read the weights and begin: ``rows`` may share a call, ``pictures`` are sampled at once.

    Raises EngineNotReady where there are no weights.
    """
    models = FramePackModels(weights, place)
    adapters = Loras(models, loras)
    mixes = place.device.type != "cpu" and rows > 1
    transformers = Transformers(adapters, place.device, place.dtype, mixes)
    bounds = Bounds(rows=rows, waiting=256, lanes={**LANES, PICTURES: pictures})
    batcher = StepBatcher(transformers.evaluate, bounds, "framepack")
    return Runtime(models, adapters, TextEncoder(models), ImageEncoder(models), transformers, batcher, OpenFrames())
