"""Where pictures go: a folder with ComfyUI's names, or memory."""

import io
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo
from safetensors.torch import save
from torch import Tensor

from engines.comfy.context import Rgb, Saved
from engines.comfy.filenames import folder_and_stem

COUNTED = re.compile(r"_(\d+)_\.\w+$")


def png(rgb: Rgb, texts: Mapping[str, str] | None = None) -> bytes:
    """A picture as a PNG file, with text chunks if there are any."""
    info = PngInfo()
    for name, text in (texts or {}).items():
        info.add_text(name, text)
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG", pnginfo=info, compress_level=4)
    return buffer.getvalue()


def latent_file(samples: Tensor) -> bytes:
    """A latent in ComfyUI's file format."""
    import torch

    return save({"latent_tensor": samples.contiguous(), "latent_format_version_0": torch.tensor([])})


@dataclass
class FolderOutputs:
    """Files named prefix_00001_.png below ``folder``, counting on from what is there; previews below ``temp``."""

    folder: Path
    temp: Path
    metadata: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def picture(self, rgb: Rgb, prefix: str, kind: str, texts: Mapping[str, str]) -> Saved:
        """As ``Outputs``."""
        return self._write(png(rgb, texts if self.metadata else None), prefix, kind, ".png")

    def latent(self, samples: Tensor, prefix: str) -> Saved:
        """As ``Outputs``."""
        return self._write(latent_file(samples), prefix, "output", ".latent")

    def _write(self, data: bytes, prefix: str, kind: str, suffix: str) -> Saved:
        subfolder, stem = folder_and_stem(prefix)
        folder = (self.temp if kind == "temp" else self.folder) / subfolder
        folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            name = f"{stem}_{self._next(folder, stem):05}_{suffix}"
            (folder / name).write_bytes(data)
        return Saved(name, subfolder, kind)

    def _next(self, folder: Path, stem: str) -> int:
        names = (path.name for path in folder.iterdir() if path.name.startswith(f"{stem}_"))
        numbers = [int(match[1]) for name in names if (match := COUNTED.fullmatch(name[len(stem) :]))]
        return max(numbers, default=0) + 1


@dataclass
class MemoryOutputs:
    """Files in memory by ``Saved.path``, in the order in which they were made; each prefix counts from 1."""

    metadata: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    _counts: Counter[tuple[str, str, str]] = field(default_factory=Counter, repr=False)

    def picture(self, rgb: Rgb, prefix: str, kind: str, texts: Mapping[str, str]) -> Saved:
        """As ``Outputs``."""
        return self._keep(png(rgb, texts if self.metadata else None), prefix, kind, ".png")

    def latent(self, samples: Tensor, prefix: str) -> Saved:
        """As ``Outputs``."""
        return self._keep(latent_file(samples), prefix, "output", ".latent")

    def _keep(self, data: bytes, prefix: str, kind: str, suffix: str) -> Saved:
        subfolder, stem = folder_and_stem(prefix)
        self._counts[kind, subfolder, stem] += 1
        saved = Saved(f"{stem}_{self._counts[kind, subfolder, stem]:05}_{suffix}", subfolder, kind)
        self.files[saved.path] = data
        return saved
