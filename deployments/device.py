"""A replica's part of a GPU. Ray only keeps books: it gives a process its card, and nothing holds it to its share."""

from collections.abc import Generator
from contextlib import contextmanager

import ray

from foundation.errors import Misconfigured, StepFailed

# CUDA's own memory in each process, which torch does not count
CONTEXT_BYTES = 1 << 29


def claim(device: str) -> None:
    """Hold this process to the share of its card that ``num_gpus`` gave it. Raises Misconfigured.

    Does nothing on a CPU. What does not fit is refused by torch, instead of taking the room of another replica.
    """
    if not device.startswith("cuda"):
        return
    import torch

    share = float(ray.get_runtime_context().get_assigned_resources().get("GPU", 0.0))
    if share == 0:
        raise Misconfigured(f"device {device} needs num_gpus above 0: a replica without a share sees no GPU")
    if not torch.cuda.is_available():
        raise Misconfigured(f"device {device}: torch finds no GPU here; install its CUDA build, or set device: cpu")
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(allowed_fraction(share, total))


def allowed_fraction(share: float, total_bytes: int) -> float:
    """How much of a card of this size torch may hold, 0 to 1. Raises Misconfigured when nothing would be left."""
    allowed = min(share, 1.0) - CONTEXT_BYTES / total_bytes
    if allowed <= 0:
        raise Misconfigured(
            f"num_gpus {share:g} of {total_bytes / 2**30:.0f} GiB is less than CUDA itself takes; raise num_gpus"
        )
    return allowed


@contextmanager
def explain_full_memory(hint: str = "ask for less width and height, or a smaller batch") -> Generator[None]:
    """Turn an error for lack of memory into StepFailed with a hint."""
    import torch

    try:
        yield
    except torch.OutOfMemoryError as error:
        raise StepFailed(f"the device's memory is full; {hint}") from error
