"""The generator of LaMa as plain modules, so that its weights can run in other precisions than the TorchScript.

Fast Fourier Convolutions (Chi, Jiang, Mu 2020) in the residual generator of LaMa (Suvorov et al. 2022):
each layer has a local part and a global part, which is convolved in the frequency domain. Names of
modules are those of the published state dict.
"""

from typing import Any

import torch
from torch import Tensor, nn

Pair = tuple[Tensor, Tensor | int]


class FourierUnit(nn.Module):
    """A 1×1 convolution over the real FFT of B×C×H×W. The FFT itself stays in 32 bits."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv_layer = nn.Conv2d(channels_in * 2, channels_out * 2, 1, bias=False)
        self.bn = nn.BatchNorm2d(channels_out * 2)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """The same size as ``x``."""
        spectrum = torch.fft.rfftn(x.float(), dim=(-2, -1), norm="ortho")
        b, c, h, w = spectrum.shape
        parts = torch.stack((spectrum.real, spectrum.imag), dim=2).reshape(b, c * 2, h, w)
        parts = self.relu(self.bn(self.conv_layer(parts.to(x.dtype))))
        parts = parts.reshape(b, -1, 2, h, w).float()
        back = torch.complex(parts[:, :, 0], parts[:, :, 1])
        return torch.fft.irfftn(back, s=x.shape[-2:], dim=(-2, -1), norm="ortho").to(x.dtype)


class SpectralTransform(nn.Module):
    """The global-to-global path: narrow, Fourier, widen."""

    def __init__(self, channels_in: int, channels_out: int, stride: int) -> None:
        super().__init__()
        self.downsample = nn.AvgPool2d(2, 2) if stride == 2 else nn.Identity()
        half = channels_out // 2
        self.conv1 = nn.Sequential(nn.Conv2d(channels_in, half, 1, bias=False), nn.BatchNorm2d(half), nn.ReLU(True))
        self.fu = FourierUnit(half, half)
        self.conv2 = nn.Conv2d(half, channels_out, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """B×C_in×H×W to B×C_out×H/stride×W/stride."""
        x = self.conv1(self.downsample(x))
        return self.conv2(x + self.fu(x))


class FFC(nn.Module):
    """A convolution between local and global halves; ``ratio`` is the global share of the channels."""

    def __init__(self, c_in: int, c_out: int, kernel: int, ratio_in: float, ratio_out: float, **conv: Any) -> None:
        super().__init__()
        in_g, out_g = int(c_in * ratio_in), int(c_out * ratio_out)
        in_l, out_l = c_in - in_g, c_out - out_g

        def path(a: int, b: int) -> nn.Module:
            return nn.Conv2d(a, b, kernel, bias=False, padding_mode="reflect", **conv) if a and b else nn.Identity()

        self.global_out = out_g
        self.convl2l, self.convl2g, self.convg2l = path(in_l, out_l), path(in_l, out_g), path(in_g, out_l)
        whole = in_g and out_g
        self.convg2g = SpectralTransform(in_g, out_g, conv.get("stride", 1)) if whole else nn.Identity()

    def forward(self, pair: Pair) -> Pair:
        """Local and global features; the global ones may be absent, which is written 0."""
        x_l, x_g = pair
        if isinstance(x_g, int):
            return self.convl2l(x_l), self.convl2g(x_l) if self.global_out else 0
        return self.convl2l(x_l) + self.convg2l(x_g), self.convl2g(x_l) + self.convg2g(x_g)


class FFCBnAct(nn.Module):
    """An FFC with normalisation and ReLU on both halves."""

    def __init__(self, c_in: int, c_out: int, kernel: int, ratio_in: float, ratio_out: float, **conv: Any) -> None:
        super().__init__()
        self.ffc = FFC(c_in, c_out, kernel, ratio_in, ratio_out, **conv)
        out_g = int(c_out * ratio_out)
        self.bn_l = nn.BatchNorm2d(c_out - out_g)
        self.bn_g = nn.BatchNorm2d(out_g) if out_g else nn.Identity()
        self.act = nn.ReLU(inplace=True)

    def forward(self, pair: Pair) -> Pair:
        """As FFC."""
        x_l, x_g = self.ffc(pair)
        return self.act(self.bn_l(x_l)), x_g if isinstance(x_g, int) else self.act(self.bn_g(x_g))


class FFCResnetBlock(nn.Module):
    """Two FFC layers and the way around them."""

    def __init__(self, channels: int, ratio: float) -> None:
        super().__init__()
        self.conv1 = FFCBnAct(channels, channels, 3, ratio, ratio, padding=1)
        self.conv2 = FFCBnAct(channels, channels, 3, ratio, ratio, padding=1)

    def forward(self, pair: Pair) -> Pair:
        """As FFC, the same size."""
        y_l, y_g = self.conv2(self.conv1(pair))
        return pair[0] + y_l, pair[1] + y_g


class Join(nn.Module):
    """Both halves as one tensor."""

    def forward(self, pair: Pair) -> Tensor:
        """B×C×H×W."""
        return torch.cat([part for part in pair if not isinstance(part, int)], dim=1)


class Start(nn.Module):
    """A tensor as a pair without a global half, padded for the first 7×7 convolution."""

    def forward(self, x: Tensor) -> Pair:
        """Three pixels are reflected at each edge."""
        return nn.functional.pad(x, (3, 3, 3, 3), mode="reflect"), 0


class Generator(nn.Module):
    """B×4×H×W (masked picture and mask, 0 to 1) to B×3×H×W (0 to 1); H and W are multiples of 8."""

    def __init__(self, ngf: int = 64, blocks: int = 18, ratio: float = 0.75, downs: int = 3) -> None:
        super().__init__()
        layers: list[nn.Module] = [Start(), FFCBnAct(4, ngf, 7, 0, 0)]
        for n in range(downs):
            last = ratio if n == downs - 1 else 0
            layers.append(FFCBnAct(ngf * 2**n, ngf * 2 ** (n + 1), 3, 0, last, stride=2, padding=1))
        layers += [FFCResnetBlock(ngf * 2**downs, ratio) for _ in range(blocks)]
        layers.append(Join())
        for n in reversed(range(downs)):
            up = nn.ConvTranspose2d(ngf * 2 ** (n + 1), ngf * 2**n, 3, stride=2, padding=1, output_padding=1)
            layers += [up, nn.BatchNorm2d(ngf * 2**n), nn.ReLU(True)]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(ngf, 3, 7), nn.Sigmoid()]
        self.model = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """Predict the whole picture."""
        return self.model(x)


class Inpainting(nn.Module):
    """The contract of ``big-lama.pt``: picture and mask in, the picture with only its hole filled out.

    ``image`` is B×3×H×W, 0 to 1; ``mask`` is B×1×H×W, 1 inside the hole.
    """

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """The result is in 32 bits, whatever the precision of the weights."""
        hole = mask.to(image.dtype)
        seen = torch.cat([image * (1 - hole), hole], dim=1)
        kind = next(self.generator.parameters()).dtype
        return hole * self.generator(seen.to(kind)).to(image.dtype) + (1 - hole) * image


FIRST = "model.1.ffc.convl2l.weight"


def generator_from(state: dict[str, Tensor]) -> Generator:
    """The generator whose weights are somewhere in a state dict. Raises ValueError when they are not of LaMa."""
    prefix = next((key.removesuffix(FIRST) for key in state if key.endswith(FIRST)), None)
    if prefix is None:
        raise ValueError("the weights are not of a LaMa generator")
    mine = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(f"{prefix}model.")}
    blocks = len({key.split(".")[1] for key in mine if ".conv1.ffc.convl2l.weight" in key})
    with torch.device("meta"):
        generator = Generator(mine[FIRST].shape[0], blocks)
    try:
        generator.load_state_dict(mine, strict=True, assign=True)
    except RuntimeError as error:
        raise ValueError("the weights are of another LaMa") from error
    return generator.eval().requires_grad_(False)
