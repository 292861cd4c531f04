"""Nodes that put ControlNets on conditionings."""

from dataclasses import replace
from typing import Annotated

from torch import Tensor

from engines.comfy.context import NodeContext
from engines.comfy.ports import ControlNetIn, ImageIn, PromptsIn, Share, VaeIn, number
from engines.comfy.registry import node
from engines.comfy.values import Prompts
from engines.diffusion.conditioning import Control
from engines.diffusion.sigmas import ALWAYS, LEVELS

ControlStrength = Annotated[float, number(1.0, 0.0, 10.0, step=0.01)]
EndShare = Annotated[float, number(1.0, 0.0, 1.0, step=0.001)]


@node("ControlNetApply", "CONDITIONING", category="conditioning/controlnet", title="Apply ControlNet (OLD)")
def control_net_apply(
    ctx: NodeContext, conditioning: PromptsIn, control_net: ControlNetIn, image: ImageIn, strength: ControlStrength
) -> tuple[Prompts]:
    """A picture that steers all steps; negative prompts without a control of their own follow it too."""
    control = Control(control_net, _hint(image), strength, ALWAYS, 0.0, also_negative=True)
    return (_with(conditioning, control),)


@node(
    "ControlNetApplyAdvanced",
    "CONDITIONING",
    "CONDITIONING",
    category="conditioning/controlnet",
    title="Apply ControlNet",
    names=("positive", "negative"),
)
def control_net_apply_advanced(
    ctx: NodeContext,
    positive: PromptsIn,
    negative: PromptsIn,
    control_net: ControlNetIn,
    image: ImageIn,
    strength: ControlStrength,
    start_percent: Share,
    end_percent: EndShare,
    vae: VaeIn | None = None,
) -> tuple[Prompts, Prompts]:
    """A picture that steers both prompts from one share of the steps to another."""
    start, end = LEVELS.sigma_at(start_percent), LEVELS.sigma_at(end_percent)
    control = Control(control_net, _hint(image), strength, start, end)
    return _with(positive, control), _with(negative, control)


def _hint(image: Tensor) -> Tensor:
    return image[..., :3].movedim(-1, 1)


def _with(prompts: Prompts, control: Control) -> Prompts:
    if control.strength == 0:
        return prompts
    return tuple(replace(one, controls=(*one.controls, control)) for one in prompts)
