"""How much of a GPU one replica needs, by its arguments: weights, the work beside them, and the process's own part.

need = (weights + work) × SLACK + CONTEXT

CONTEXT is CUDA's own memory in each process, which torch does not count; SLACK is for the gaps of torch's allocator and
the workspaces of kernels. Both are rules of thumb; weights and work are computed.
"""

from dataclasses import dataclass

from deployments.device import CONTEXT_BYTES
from deployments.diffuser import DiffuserArgs
from deployments.framepack import FramePackArgs
from deployments.inpaint import InpainterArgs
from graphs.capacity.memory import GIB, weights_gib, work_gib
from graphs.common.profiles import Assumed

SLACK = 1.1
CONTEXT_GIB = CONTEXT_BYTES / GIB
# the step batcher's thread samples while a workflow decodes
DECODES_BESIDE = 1
TABLE_ROWS = 16
# beside its weights of 32 bits LaMa keeps them in 16, where the card can
LAMA_WITH_COPY = 1.5
MIB_PER_GIB = 1024
# of a transformer that comes block by block: one that works, one that is on its way
BLOCKS_PRESENT, DOUBLE_BLOCK_SHARE, NOT_BLOCKS_SHARE = 2, 6.80 / 12.87 / 20, 0.41 / 12.87


@dataclass(frozen=True)
class Need:
    """GiB of one replica."""

    weights: float
    work: float

    @property
    def gib(self) -> float:
        """All of it, as the formula has it."""
        return (self.weights + self.work) * SLACK + CONTEXT_GIB


def of_diffuser(args: DiffuserArgs, assumed: Assumed) -> Need:
    """``loaded_models`` checkpoints, the rows of one call, and one picture being decoded."""
    family, side = assumed.family, assumed.side
    parts = {"sd15": ("unet", "vae", "clip"), "sdxl": ("unet", "vae", "clip", "bigg")}[family]
    weights = args.loaded_models * sum(weights_gib(f"{family}.{part}") for part in parts)
    weights += weights_gib("sd15.controlnet") if assumed.controlnet and family == "sd15" else 0.0
    row = work_gib(f"{family}.step {side}, {TABLE_ROWS} rows") / TABLE_ROWS
    work = args.batch_rows * row + DECODES_BESIDE * work_gib(f"stable.decode {side}")
    return _in(args.half, weights, work)


def of_inpainter(args: InpainterArgs, assumed: Assumed) -> Need:
    """The models that a replica may keep, LaMa at least; and a window of the largest size or a batch of usual ones."""
    lama = weights_gib("lama.generator") * (1 if args.precision == "fp32" else LAMA_WITH_COPY)
    work = max(work_gib(f"lama.fill {assumed.inpaint_side}"), work_gib("lama.fill 512, 8 windows"))
    return Need(max(lama, args.memory_budget_mib / MIB_PER_GIB), work)


def of_framepack(args: FramePackArgs, assumed: Assumed) -> Need:
    """The transformers, the parts beside them as the memory mode has them, a step and one part at work."""
    transformer = weights_gib("framepack.transformer", args.fp8) * (2 if assumed.f1 else 1)
    if args.memory == "offload":
        transformer *= BLOCKS_PRESENT * DOUBLE_BLOCK_SHARE + NOT_BLOCKS_SHARE
    beside = {part: weights_gib(f"framepack.{part}") for part in ("llama", "clip", "siglip", "vae")}
    step = args.rows_of_a_call * work_gib("framepack.step 1216x704")
    step = max(step, work_gib("framepack.step film 640x608")) if assumed.films else step
    decode = _decode(assumed.films, tiled=args.memory != "resident")
    if args.memory == "resident":
        weights, work = transformer + sum(beside.values()), step + decode
    else:
        # one part at a time comes beside the transformer
        words, picture = beside["llama"] + work_gib("framepack.llama"), beside["vae"] + decode
        weights, work = transformer, step + max(words, picture)
    return _in(args.half, weights, work)


def _in(half: bool, weights: float, work: float) -> Need:
    # the table is of 16 bits
    return Need(weights, work) if half else Need(2 * weights, 2 * work)


def _decode(films: bool, tiled: bool) -> float:
    ending = ", tiled" if tiled else ""
    works = ["framepack.decode 1216x704", *(["framepack.decode film 640x608"] if films else [])]
    return max(work_gib(work + ending) for work in works)
