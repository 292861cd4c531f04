"""People and panels to draw, and how much ink is in a picture."""

import io
import re

import resvg_py
from PIL import Image, ImageChops

from engines.artist import TONE_DEFS, choose_look
from engines.comic.document import (
    Box,
    Character,
    Look,
    Panel,
)

SQUARE = [(20.0, 20.0), (500.0, 20.0), (500.0, 420.0), (20.0, 420.0)]


TIMES = ("day", "evening", "night")


def person(number: int = 1, **look) -> Character:
    return Character(id=f"c{number}", name=f"name{number}", look=Look(**look))


def cast() -> list[Character]:
    people: list[Character] = []
    for i, (gender, age) in enumerate(
        [("female", "teen"), ("male", "teen"), ("female", "adult"), ("male", "adult")] * 2, start=1
    ):
        look = choose_look(f"c{i}", f"name{i}", gender, age, None, None, 5, [p.look for p in people])
        people.append(Character(id=f"c{i}", name=f"name{i}", look=look))
    return people


def panel(**values) -> Panel:
    base = {"id": "p1.panel1", "page": 1, "number": 1, "scene": 1, "polygon": SQUARE, "seed": 3}
    return Panel(**{**base, **values})


def render(svg: str, box: Box | None = None) -> Image.Image:
    """Grey pixels of the panel polygon's box."""
    page = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="520" height="440"><defs>'
        f'{TONE_DEFS}</defs><rect width="520" height="440" fill="#fff"/>{svg}</svg>'
    )
    image = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=page, skip_system_fonts=True)))).convert("L")
    box = box or Box(x=20, y=20, w=480, h=400)
    return image.crop((int(box.x), int(box.y), int(box.x + box.w), int(box.y + box.h)))


def ink_share(image: Image.Image) -> float:
    histogram = image.histogram()
    return sum(count * (255 - level) for level, count in enumerate(histogram)) / (255 * sum(histogram))


def body_of(drawing, name="c1"):
    """Pixels of one figure alone, its body box and its head box."""
    group = re.search(rf'<g id="p1.panel1.figure.{name}">.*?(?=<g id="p1)', drawing.svg).group()
    group += "</g>" * (len(re.findall("<g[ >]", group)) - group.count("</g>"))
    figure = next(f for f in drawing.figures if f.character == name)
    return ImageChops.invert(render(group, Box(x=0, y=0, w=520, h=440))), figure.body, figure.head
