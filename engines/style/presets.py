"""Style presets: one JSON file each, in ``assets/styles`` and in STYLE_DIR. A new file is a new style."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from foundation.errors import Misconfigured

NEGATIVE = "bad quality, blurry, low resolution"


class Preset(BaseModel):
    """A style. The file's name without ``.json`` is its name.

    ``prompt`` and ``negative`` go to models, ``filter`` is the recipe of the draft engine: see ``engines.filters``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1, max_length=64)
    description: str = Field(default="", max_length=500)
    prompt: str = Field(min_length=1, max_length=4000)
    negative: str = Field(default=NEGATIVE, max_length=4000)
    workflow: str = Field(default="style_change", pattern=r"^[\w-]{1,64}$")
    filter: list[dict[str, Any]] = Field(default=[], description="Steps of the draft engine, in order.")


def load_presets(folders: Iterable[Path]) -> Mapping[str, Preset]:
    """The presets of these folders by name; a later folder overrides. Raises Misconfigured for a broken file."""
    found: dict[str, Preset] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.json")):
            try:
                found[path.stem] = Preset.model_validate(json.loads(path.read_text()))
            except (ValueError, ValidationError) as error:
                raise Misconfigured(f"the style {path.name} cannot be read: {error}") from error
    return found
