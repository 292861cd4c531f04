"""Args profiles: the arguments of each application for cards of one size. Each is a file of ``assets/profiles``.

card_gib   the memory of the smallest such card, as torch reports it
assumes    the requests that are expected (see ``Assumed``)
apps       args by application; those in the Serve config override them
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field

from foundation.errors import Misconfigured

FOLDER = Path(__file__).parents[2] / "assets" / "profiles"
Args = Mapping[str, Any]


class Assumed(BaseModel):
    """What a profile expects to be asked; larger pictures may not fit, and are refused by the device."""

    model_config = ConfigDict(extra="forbid")

    family: Literal["sd15", "sdxl"] = Field(default="sd15", description="The checkpoints of the Diffuser.")
    side: Literal[512, 768, 1024] = Field(default=768, description="Pixels of a side of its pictures.")
    controlnet: bool = Field(default=True, description="Whether workflows guide pictures by a ControlNet.")
    inpaint_side: Literal[1024, 2048] = Field(default=2048, description="The largest window that LaMa fills at once.")
    films: bool = Field(default=True, description="Whether FramePack films are made, at 640×608.")
    f1: bool = Field(default=False, description="Whether films grow forward, by the second transformer.")


class Profile(BaseModel):
    """One file."""

    model_config = ConfigDict(extra="forbid")

    card: str = Field(description="The cards that it is meant for, in words.")
    card_gib: float = Field(gt=0)
    assumes: Assumed
    apps: dict[str, dict[str, Any]]


def profile_names() -> list[str]:
    """All profiles, smallest cards first."""
    return sorted((path.stem for path in FOLDER.glob("*.yaml")), key=lambda name: profile_of(name).card_gib)


@lru_cache(maxsize=16)
def profile_of(name: str) -> Profile:
    """A profile by name. Raises Misconfigured."""
    path = FOLDER / f"{name}.yaml"
    if path.parent != FOLDER or not path.is_file():
        names = ", ".join(sorted(each.stem for each in FOLDER.glob("*.yaml")))
        raise Misconfigured(f"there is no profile {name!r}; profiles are {names}")
    return Profile.model_validate(yaml.safe_load(path.read_text()))


def with_profile(app: str, args: Args) -> dict[str, Any]:
    """The args of an application over those that its ``profile`` has for it."""
    named = args.get("profile")
    return merged(profile_of(named).apps.get(app, {}), args) if isinstance(named, str) else dict(args)


def merged(below: Args, above: Args) -> dict[str, Any]:
    """``above`` over ``below``, mapping by mapping."""
    return {**below, **{key: _over(below.get(key), value) for key, value in above.items()}}


def _over(below: Any, above: Any) -> Any:
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return above
    return merged(cast(Args, below), cast(Args, above))
