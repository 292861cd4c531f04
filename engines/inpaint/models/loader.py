"""Loading, with IOPaint kept from deleting weights and from ending the process.

IOPaint removes a file whose hash it does not know when loading fails for any reason, and calls ``exit``.
Here hashes are checked first, IOPaint sees links in a folder of its own, and ``SystemExit`` becomes an error.
"""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from engines.inpaint.iopaint import import_module, load_class, undisturbed
from engines.inpaint.models.catalogue import ModelCard, card_of, check_files
from engines.inpaint.models.fillers import Filler, IOPaintFiller, LamaFiller
from foundation.errors import EngineNotReady

Precision = Literal["auto", "fp32", "bf16"]


@dataclass(frozen=True)
class Speed:
    """How LaMa is made fast under ``Auto``. ``compiled``: each size of window is compiled when it is first seen."""

    precision: Precision = "auto"
    compiled: bool = False


USUAL = Speed()
LAMAS = {"lama", "anime-lama"}


def load_model(name: str, folder: Path, device: str = "cpu", speed: Speed = USUAL) -> Filler:
    """A model by name, its weights from ``folder``. Raises InvalidInput and EngineNotReady."""
    card = card_of(name)
    check_files(card, folder)
    try:
        with undisturbed():
            if name in LAMAS:
                return _load_lama(card, folder, device, speed)
            return IOPaintFiller(_load_iopaint(card, folder, device))
    except (SystemExit, RuntimeError, OSError, ValueError, KeyError) as error:
        raise EngineNotReady(f"{name} cannot be loaded on {device}: {str(error)[:200] or 'IOPaint gave up'}") from error


def _load_iopaint(card: ModelCard, folder: Path, device: str) -> Any:
    import torch

    model_class = load_class(card.path)
    with _linked(card, folder):
        return model_class(torch.device(device))


@contextlib.contextmanager
def _linked(card: ModelCard, folder: Path) -> Iterator[None]:
    """IOPaint's constants set to links of the weights for the time of the block."""
    module = import_module(card.path.partition(":")[0])
    with tempfile.TemporaryDirectory(prefix="koma-weights-") as links:
        before = {}
        for file in card.files:
            link = Path(links) / file.name
            link.symlink_to((folder / file.name).resolve())
            for constant, value in ((f"{file.constant}_MODEL_URL", str(link)), (f"{file.constant}_MODEL_MD5", "")):
                before[constant] = getattr(module, constant)
                setattr(module, constant, value)
        try:
            yield
        finally:
            for constant, value in before.items():
                setattr(module, constant, value)


def _load_lama(card: ModelCard, folder: Path, device: str, speed: Speed) -> Filler:
    """LaMa in our own module; weights of another architecture run as the TorchScript that they are."""
    import torch

    from engines.inpaint.models.ffc import Inpainting, generator_from

    script = torch.jit.load(str(folder / card.files[0].name), map_location="cpu")
    try:
        generator = generator_from(dict(script.state_dict()))
    except ValueError:
        return IOPaintFiller(_load_iopaint(card, folder, device))
    del script
    exact = Inpainting(generator).eval().to(device)
    # IOPaint's own pre- and post-processing around our module
    model_class = load_class(card.path)
    model = model_class.__new__(model_class)
    model.device, model.model = torch.device(device), exact
    return LamaFiller(IOPaintFiller(model), _fast(exact, device, speed), device)


def _fast(exact: Any, device: str, speed: Speed) -> Any:
    import copy

    import torch

    half = speed.precision == "bf16" or (speed.precision == "auto" and _has_bf16(device))
    fast = copy.deepcopy(exact).to(torch.bfloat16).to(memory_format=torch.channels_last) if half else exact
    return torch.compile(fast, dynamic=False) if speed.compiled else fast


def _has_bf16(device: str) -> bool:
    """Whether the device multiplies in bf16; a CPU that only imitates it is slower than in 32 bits."""
    import torch

    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported()
    return any(flag in Path("/proc/cpuinfo").read_text() for flag in ("avx512_bf16", "amx_bf16"))


def working_bytes(card: ModelCard, folder: Path) -> int:
    """What a loaded model takes: its weights, for LaMa also the copy in half the bits."""
    size = card.bytes_in(folder)
    return size + size // 2 if card.name in LAMAS else size
