"""Args profiles: what each application is told on cards of one size. A file of ``assets/profiles`` each.

card_gib   what torch tells as the memory of the smallest such card
assumes    what people are expected to ask (see ``needs.Assumed``)
apps       args by application; those in the Serve config go before them
"""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field

from foundation.errors import Misconfigured
from graphs.capacity.needs import Assumed

FOLDER = Path(__file__).parents[2] / "assets" / "profiles"
Args = Mapping[str, Any]


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
