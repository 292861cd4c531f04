"""Nodes that take weights from the library."""

from collections.abc import Callable
from typing import Annotated, Any

from engines.comfy.context import ComfyContext, NodeContext
from engines.comfy.ports import ClipIn, Combo, ModelIn, Strength, files
from engines.comfy.registry import Values, node
from engines.diffusion.conditioning import ControlNet
from engines.diffusion.vae import Vae
from engines.diffusion.weights.lora import LoraUse
from engines.diffusion.weights.models import DiffusionModel, TextEncoders
from foundation.errors import InvalidInput

CheckpointName = Annotated[str, files("checkpoints")]
LoraName = Annotated[str, files("loras")]
VaeName = Annotated[str, files("vae")]
UnetName = Annotated[str, files("diffusion_models")]
TextName = Annotated[str, files("text_encoders")]
ControlName = Annotated[str, files("controlnet")]
WeightType = Annotated[str, Combo(["default"])]


def stamp(kind: str, *names: str) -> Callable[[ComfyContext, Values], str]:
    """Stands for the files that inputs name: another file under the same name is another node."""

    def fingerprint(context: ComfyContext, values: Values) -> str:
        return ",".join(context.library.stamp(kind, str(values.get(name))) for name in names)

    return fingerprint


@node(
    "CheckpointLoaderSimple",
    "MODEL",
    "CLIP",
    "VAE",
    category="loaders",
    title="Load Checkpoint",
    fingerprint=stamp("checkpoints", "ckpt_name"),
)
def checkpoint_loader(ctx: NodeContext, ckpt_name: CheckpointName) -> tuple[DiffusionModel, TextEncoders, Vae]:
    """Model, text encoder and autoencoder of a checkpoint."""
    checkpoint = ctx.shared.library.checkpoint(ckpt_name)
    return checkpoint.model, checkpoint.clip, checkpoint.vae


@node("VAELoader", "VAE", category="loaders", title="Load VAE", fingerprint=stamp("vae", "vae_name"))
def vae_loader(ctx: NodeContext, vae_name: VaeName) -> tuple[Vae]:
    """An autoencoder of its own."""
    return (ctx.shared.library.vae(vae_name),)


@node(
    "UNETLoader",
    "MODEL",
    category="advanced/loaders",
    title="Load Diffusion Model",
    fingerprint=stamp("diffusion_models", "unet_name"),
)
def unet_loader(ctx: NodeContext, unet_name: UnetName, weight_dtype: WeightType) -> tuple[DiffusionModel]:
    """A UNet of its own."""
    return (ctx.shared.library.unet(unet_name),)


@node(
    "CLIPLoader",
    "CLIP",
    category="advanced/loaders",
    title="Load CLIP",
    fingerprint=stamp("text_encoders", "clip_name"),
)
def clip_loader(
    ctx: NodeContext, clip_name: TextName, type: Annotated[str, Combo(["stable_diffusion"])]
) -> tuple[TextEncoders]:
    """A text encoder of its own, as SD 1.5 has it."""
    return (ctx.shared.library.text_encoders([clip_name]),)


@node(
    "DualCLIPLoader",
    "CLIP",
    category="advanced/loaders",
    fingerprint=stamp("text_encoders", "clip_name1", "clip_name2"),
)
def dual_clip_loader(
    ctx: NodeContext, clip_name1: TextName, clip_name2: TextName, type: Annotated[str, Combo(["sdxl"])]
) -> tuple[TextEncoders]:
    """The two text encoders of SDXL, in either order."""
    return (ctx.shared.library.text_encoders([clip_name1, clip_name2]),)


@node(
    "LoraLoader",
    "MODEL",
    "CLIP",
    category="loaders",
    title="Load LoRA",
    fingerprint=stamp("loras", "lora_name"),
)
def lora_loader(
    ctx: NodeContext,
    model: ModelIn,
    clip: ClipIn,
    lora_name: LoraName,
    strength_model: Strength,
    strength_clip: Strength,
) -> tuple[DiffusionModel, TextEncoders]:
    """A LoRA on a model and its text encoder, each with a strength of its own."""
    lora = ctx.shared.library.lora(lora_name)
    on_model, on_clip = LoraUse(lora, strength_model), LoraUse(lora, strength_clip)
    _check_fit(lora_name, model.fits(on_model) or clip.fits(on_clip))
    return _with(model, on_model), _with(clip, on_clip)


@node(
    "LoraLoaderModelOnly",
    "MODEL",
    category="loaders",
    title="LoraLoaderModelOnly",
    fingerprint=stamp("loras", "lora_name"),
)
def lora_loader_model_only(
    ctx: NodeContext, model: ModelIn, lora_name: LoraName, strength_model: Strength
) -> tuple[DiffusionModel]:
    """A LoRA on a model alone."""
    use = LoraUse(ctx.shared.library.lora(lora_name), strength_model)
    _check_fit(lora_name, model.fits(use))
    return (_with(model, use),)


def _check_fit(name: str, fits: bool) -> None:
    if not fits:
        raise InvalidInput(f"the LoRA {name!r} was made for another kind of model: none of its layers is here")


def _with(value: Any, use: LoraUse) -> Any:
    """Strength 0 changes nothing, and such a model shares its calls with the bare one."""
    return value.with_lora(use) if use.strength else value


@node(
    "ControlNetLoader",
    "CONTROL_NET",
    category="loaders",
    title="Load ControlNet Model",
    fingerprint=stamp("controlnet", "control_net_name"),
)
def control_net_loader(ctx: NodeContext, control_net_name: ControlName) -> tuple[ControlNet]:
    """A ControlNet."""
    return (ctx.shared.library.controlnet(control_net_name),)
