"""Declarations of a node's inputs, for use in annotations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from torch import Tensor

from engines.comfy.values import Latent, Prompts, SamplerChoice
from engines.diffusion.conditioning import ControlNet
from engines.diffusion.vae import Vae
from engines.diffusion.weights.models import DiffusionModel, TextEncoders

if TYPE_CHECKING:
    from engines.comfy.context import ComfyContext

MAX_SIDE = 16384
MAX_SEED = 0xFFFFFFFFFFFFFFFF
Choices = Sequence[Any] | Callable[["ComfyContext"], Sequence[Any]]


@dataclass(frozen=True)
class Socket:
    """An input that only a link can fill."""

    type: str
    # an annotation of an optional input must be hashable
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def config(self, context: "ComfyContext") -> list[Any]:
        """What object_info and errors say of it."""
        return [self.type, dict(self.options)]


@dataclass(frozen=True)
class Widget:
    """An input with a value of its own: INT, FLOAT, STRING or BOOLEAN, and its options."""

    type: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def config(self, context: "ComfyContext") -> list[Any]:
        """What object_info and errors say of it."""
        return [self.type, dict(self.options)]


@dataclass(frozen=True)
class Combo:
    """One of a list, which may be of files that are there: those of weights name their ``folder``."""

    choices: Choices
    options: Mapping[str, Any] = field(default_factory=dict)
    type: str = "COMBO"
    # names of uploads are checked by the node itself
    open: bool = False
    folder: str = ""

    def values(self, context: "ComfyContext") -> list[Any]:
        """The list as it is now."""
        return list(self.choices(context) if callable(self.choices) else self.choices)

    def config(self, context: "ComfyContext") -> list[Any]:
        """What object_info and errors say of it."""
        return [self.values(context), dict(self.options)]


Port = Socket | Widget | Combo


def number(default: float, low: float, high: float, **options: Any) -> Widget:
    """INT where the default is one, else FLOAT."""
    kind = "INT" if isinstance(default, int) else "FLOAT"
    return Widget(kind, {"default": default, "min": low, "max": high, **options})


def files(kind: str) -> Combo:
    """The names of models of one kind."""
    return Combo(lambda context: context.library.names(kind), folder=kind)


ModelIn = Annotated[DiffusionModel, Socket("MODEL")]
ClipIn = Annotated[TextEncoders, Socket("CLIP")]
VaeIn = Annotated[Vae, Socket("VAE")]
PromptsIn = Annotated[Prompts, Socket("CONDITIONING")]
LatentIn = Annotated[Latent, Socket("LATENT")]
ImageIn = Annotated[Tensor, Socket("IMAGE")]
MaskIn = Annotated[Tensor, Socket("MASK")]
ControlNetIn = Annotated[ControlNet, Socket("CONTROL_NET")]
SamplerIn = Annotated[SamplerChoice, Socket("SAMPLER")]
SigmasIn = Annotated[Tensor, Socket("SIGMAS")]

Text = Annotated[str, Widget("STRING", {"multiline": True, "dynamicPrompts": True})]
Seed = Annotated[int, number(0, 0, MAX_SEED, control_after_generate=True)]
Steps = Annotated[int, number(20, 1, 10000)]
Cfg = Annotated[float, number(8.0, 0.0, 100.0, step=0.1, round=0.01)]
Strength = Annotated[float, number(1.0, -100.0, 100.0, step=0.01)]
Denoise = Annotated[float, number(1.0, 0.0, 1.0, step=0.01)]
Share = Annotated[float, number(0.0, 0.0, 1.0, step=0.001)]
Side = Annotated[int, number(512, 0, MAX_SIDE, step=1)]
CellSide = Annotated[int, number(512, 16, MAX_SIDE, step=8)]
Switch = Annotated[str, Combo(["enable", "disable"])]
OffSwitch = Annotated[str, Combo(["disable", "enable"])]
CropIn = Annotated[str, Combo(["disabled", "center"])]
Prefix = Annotated[str, Widget("STRING", {"default": "ComfyUI"})]
