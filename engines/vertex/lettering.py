"""Lettering that an image model drew against its prompt: where Gemini sees it."""

import io
from pathlib import Path

from PIL import Image
from pydantic import BaseModel, Field

from engines.vertex.text import Prompt, TextModel, TypedAnswer

FOLDER = Path(__file__).parents[2] / "assets" / "prompts"
# Gemini counts places from 0 to 1000 along each side, and names the upper edge first
SCALE = 1000
MOST_BOXES = 40
# edges of letters are soft
RIM = 0.006
# a box over most of the picture is a mistake, and filling it would leave nothing
LARGEST_SHARE = 0.35


class Written(BaseModel):
    """Something written, as ``[top, left, bottom, right]``."""

    box_2d: list[int] = Field(min_length=4, max_length=4)


class Found(BaseModel):
    """All that is written in a picture."""

    boxes: list[Written] = Field(max_length=MOST_BOXES)


async def find_lettering(texts: TextModel, model: str, picture: bytes, budget_s: float) -> TypedAnswer[Found]:
    """Where words are in a picture. Raises as ``TextModel.ask``."""
    instructions = (FOLDER / "lettering.en.md").read_text(encoding="utf-8").strip()
    repair = (FOLDER / "repair.en.md").read_text(encoding="utf-8").strip()
    prompt = Prompt(instructions, "The picture is above.", repair, (picture,))
    return await texts.ask(model, prompt, Found, budget_s)


def regions_of(found: Found, picture: bytes) -> list[dict[str, float]]:
    """The boxes in pixels, with a rim, as text removal takes them; those that cannot be are left out."""
    with Image.open(io.BytesIO(picture)) as image:
        width, height = image.size
    regions: list[dict[str, float]] = []
    for each in found.boxes:
        top, left, bottom, right = (min(max(edge / SCALE, 0.0), 1.0) for edge in each.box_2d)
        if bottom <= top or right <= left or (bottom - top) * (right - left) > LARGEST_SHARE:
            continue
        x, y = max(0.0, left - RIM) * width, max(0.0, top - RIM) * height
        across, down = min(1.0, right + RIM) * width - x, min(1.0, bottom + RIM) * height - y
        regions.append({"x": x, "y": y, "width": across, "height": down})
    return regions
