"""Under which names LoRA files speak of a layer."""

from collections.abc import Callable, Iterable, Mapping

from torch import Tensor


def _weights(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.endswith(".weight")]


def unet_aliases(state: Mapping[str, Tensor], to_ldm: Callable[[str], str]) -> dict[str, str]:
    """From plain layer names to weights of a UNet: kohya's and LDM's names, and diffusers'."""
    aliases: dict[str, str] = {}
    for name in _weights(state):
        layer = name.removesuffix(".weight")
        for alias in (f"lora_unet.{layer}", f"unet.{layer}", f"lora_unet.{to_ldm(name).removesuffix('.weight')}"):
            aliases[alias.replace(".", "_")] = name
    return aliases


def text_aliases(state: Mapping[str, Tensor], place: int, alone: bool) -> dict[str, str]:
    """The same for the text encoder at ``place``, 0 or 1; ``alone`` where the model has no other."""
    prefixes = [f"lora_te{place + 1}", "text_encoder" if place == 0 else "text_encoder_2"]
    prefixes += ["lora_te"] if alone else []
    aliases: dict[str, str] = {}
    for name in _weights(state):
        layer = name.removesuffix(".weight")
        for prefix in prefixes:
            for middle in ("text_model.", ""):
                aliases[f"{prefix}.{middle}{layer}".replace(".", "_")] = name
    return aliases
