"""Stand-ins of the text-removal models. MAT and FcF have fixed sizes, so theirs are as large as the real ones."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from engines.inpaint.iopaint import import_module, undisturbed
from engines.inpaint.models.ffc import Generator, Inpainting

SEED = 20


class LamaScript(nn.Module):
    """LaMa as it is published: the trained module under the name ``model``."""

    def __init__(self, model: Inpainting) -> None:
        super().__init__()
        self.model = model

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """As ``Inpainting``."""
        return self.model(image, mask)


class Erika(nn.Module):
    """Lines of a grey page, 0 to 255."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, grey: Tensor) -> Tensor:
        """B×1×H×W to the same."""
        return torch.sigmoid(self.conv(grey / 255)) * 255


class MangaInpaintor(nn.Module):
    """Grey, lines, mask, noise and ones to grey, -1 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(5, 1, 5, padding=2)

    def forward(self, grey: Tensor, lines: Tensor, mask: Tensor, noise: Tensor, ones: Tensor) -> Tensor:
        """B×1×H×W each."""
        return torch.tanh(self.conv(torch.cat([grey, lines, mask, noise, ones], dim=1)))


class Diffusion(nn.Module):
    """The noise in a latent, given a step's embedding and a condition."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(7, 3, 3, padding=1)
        self.time = nn.Linear(256, 3)

    def forward(self, x: Tensor, step: Tensor, condition: Tensor) -> Tensor:
        """B×3×h×w."""
        return torch.tanh(self.conv(torch.cat([x, condition], dim=1)) + self.time(step)[:, :, None, None])


class Wireframe(nn.Module):
    """Two lines, in shares of the picture."""

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        """B×3×H×W to lines of four numbers and their scores."""
        lines = torch.tensor([[0.1, 0.1, 0.9, 0.8], [0.2, 0.7, 0.6, 0.3]]) + image.mean() * 0
        return {"num_proposals": torch.tensor(2), "lines_pred": lines, "lines_score": torch.tensor([0.99, 0.5])}


class EdgeLine(nn.Module):
    """Logits of edges and lines."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(6, 2, 3, padding=1)

    def forward(self, image: Tensor, edge: Tensor, line: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        """B×1×256×256 each."""
        both = self.conv(torch.cat([image, edge, line, masks], dim=1))
        return both[:, :1], both[:, 1:]


class Upsample(nn.Module):
    """Twice the size."""

    def __init__(self) -> None:
        super().__init__()
        self.up = nn.ConvTranspose2d(1, 1, 4, stride=2, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """B×1×H×W to B×1×2H×2W."""
        return self.up(x)


class ZitsInpaint(nn.Module):
    """The picture from its parts."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(6, 3, 5, padding=2)

    def forward(
        self, images: Tensor, masks: Tensor, edge: Tensor, line: Tensor, rel_pos: Tensor, direct: Tensor
    ) -> Tensor:
        """B×3×H×W, 0 to 1."""
        seen = torch.cat([images * (1 - masks), masks, edge, line], dim=1)
        return torch.sigmoid(self.conv(seen) + (rel_pos.float().mean() + direct.float().mean()) * 1e-3)


def write_lama(path: Path, ngf: int = 8, blocks: int = 2) -> None:
    """``big-lama.pt``; 64 and 18 give the published architecture."""
    torch.manual_seed(SEED)
    model = LamaScript(Inpainting(Generator(ngf, blocks))).eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d) and module.running_var is not None:
            # fresh statistics would let nothing of the picture through to the sigmoid
            module.running_var.uniform_(0.2, 0.6)
    image, mask = torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64, dtype=torch.int64)
    with undisturbed():
        _save(torch.jit.trace(model, (image, mask), check_trace=False), path)


def _scripted(make: Callable[[], nn.Module]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        torch.manual_seed(SEED)
        # TorchScript is on its way out of torch, and is what the published files are
        with undisturbed():
            _save(torch.jit.script(make().eval()), path)

    return write


def _save(script: Any, path: Path) -> None:
    torch.jit.save(script, str(path))


def _generator(module: str, arguments: dict[str, Any]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        torch.manual_seed(SEED)
        result = import_module(module).Generator(
            z_dim=512, c_dim=0, w_dim=512, img_resolution=512, img_channels=3, **arguments
        )
        torch.save(result.state_dict(), path)

    return write


FCF_LAYERS = {"channel_base": 32768, "channel_max": 512, "num_fp16_res": 4, "conv_clamp": 256}
FCF = {"synthesis_kwargs": FCF_LAYERS, "encoder_kwargs": FCF_LAYERS, "mapping_kwargs": {"num_layers": 2}}
WRITERS: dict[str, Callable[[Path], None]] = {
    "big-lama.pt": write_lama,
    "anime-manga-big-lama.pt": write_lama,
    "cond_stage_model_encode.pt": _scripted(lambda: nn.Conv2d(3, 3, 4, stride=4)),
    "cond_stage_model_decode.pt": _scripted(lambda: nn.ConvTranspose2d(3, 3, 4, stride=4)),
    "diffusion.pt": _scripted(Diffusion),
    "zits-inpaint-0717.pt": _scripted(ZitsInpaint),
    "zits-edge-line-0717.pt": _scripted(EdgeLine),
    "zits-structure-upsample-0717.pt": _scripted(Upsample),
    "zits-wireframe-0717.pt": _scripted(Wireframe),
    "manga_inpaintor.jit": _scripted(MangaInpaintor),
    "erika.jit": _scripted(Erika),
    "migan_traced.pt": _scripted(lambda: nn.Sequential(nn.Conv2d(4, 3, 3, padding=1), nn.Tanh())),
    "Places_512_FullData_G.pth": _generator("mat", {"mapping_kwargs": {"torch_dtype": torch.float32}}),
    "places_512_G.pth": _generator("fcf", FCF),
}
LARGE = {"mat", "fcf"}


def write_weights(name: str, folder: Path) -> None:
    """The stand-in of one file."""
    WRITERS[name](folder / name)
