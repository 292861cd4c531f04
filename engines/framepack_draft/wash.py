"""Colour for a drawing in ink and screentones: a tone becomes a flat wash, in colours of the place or the persons."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engines.framepack_draft.reading import PromptReading
from engines.framepack_draft.words import OLD

Colour = tuple[int, int, int]
TONE = re.compile(r"url\(#tone-(clear-)?(\d+|fine)\)")
FINE = 28
# the first element of a person is the shadow on the ground
FIGURE = re.compile(r'<g id="[^"]*\.figure\.([^"]+)">')
# a shadow on skin is the only such tone without a line around it
SKIN_SHADE = re.compile(r'fill="url\(#tone-40\)"(?= ?/>)')
SHADOW = re.compile(r'(^|</g>)(<path [^>]*fill="url\(#tone-50\)"[^>]*/>)')
INK, PAPER = '"#111"', '"#fff"'
# the level of tone, in percent of black, that has the full colour of a wash
FULL = 46


@dataclass(frozen=True)
class Wash:
    """Three colours: the lightest, the full one, and that of lines.

    ``glow`` lies over the far end of a place, ``shade`` is that of shadows on skin.
    """

    paper: str
    full: str
    ink: str
    glow: str = ""
    shade: str = ""


HOURS = {
    "night": Wash("#f3e7b4", "#5468a8", "#151d3d", "#2c3f7a"),
    "sunset": Wash("#ffe9cb", "#d9765c", "#3d1f38", "#ff9e4f"),
    "dawn": Wash("#fff0e4", "#c98ca8", "#2e2a4c", "#ffb7a0"),
}
WEATHERS = {
    "rain": Wash("#e8eeef", "#69858f", "#1c2932", "#8fa6ad"),
    "snow": Wash("#f8fbff", "#8fa9c6", "#253350", "#c9dbee"),
}
GREEN = Wash("#fbf8e6", "#7da36c", "#22301f", "#cfe6c0")
BLUE = Wash("#f8fbf4", "#5aa0bd", "#183042", "#bfe6f2")
WARM = Wash("#fdf6e6", "#c59a6b", "#33231a", "#ffe6b0")
GREY = Wash("#faf6ee", "#7f97ab", "#20293a", "#d5e6f3")
PLACES = {"forest": GREEN, "field": GREEN, "temple": GREEN, "graveyard": GREY, "mountain": BLUE, "river": BLUE,
          "sea": BLUE, "bridge": BLUE, "classroom": WARM, "room": WARM, "library": WARM, "kitchen": WARM, "shop": WARM,
          "tatami": WARM, "castle": GREY, "battlefield": WARM, "space": HOURS["night"],
          "underworld": Wash("#ffd9a8", "#b5382e", "#2a0d14", "#ff6a3c")}  # fmt: skip
ACCENTS = ("#d5564a", "#3f74b5", "#4f9575", "#d99a2b", "#8a62ad", "#c9627f", "#38919a")
COATS = {"dog": "#c79a68", "cat": "#d9a05b", "fox": "#e08a45", "wolf": "#8c95a3", "bear": "#8a6244", "lion": "#d9a94f",
         "mouse": "#a9a6a8", "rabbit": "#d8b7a6", "horse": "#9c6b46", "cow": "#a87f5f", "sheep": "#d9d0bd",
         "frog": "#6fae55", "tortoise": "#7d9a5c", "bird": "#6fa3c7", "crow": "#4a5060"}  # fmt: skip
MUTED = ("#8d96a5", "#97918a")
SKINS = ("#fff5ea", "#fdf0e2", "#fbe9d8")
SHADE = "#b98a7c"
AT_NIGHT = "#cdd3ea"


def wash_of(reading: PromptReading, place: str) -> Wash:
    """The colours of a place at an hour in a weather."""
    outdoors = PLACES.get(place) is not WARM
    if outdoors and reading.weather in WEATHERS and reading.time in ("", "day"):
        return WEATHERS[reading.weather]
    if reading.time in HOURS and (outdoors or reading.time != "night"):
        return HOURS[reading.time]
    return PLACES.get(place, GREY)


def figure_washes(reading: PromptReading, nouns: Sequence[str], place: Wash, lot: random.Random) -> list[Wash]:
    """The colours of each person: those that the prompt names for the first, those of its kind, or by lot."""
    accents = lot.sample(ACCENTS, len(ACCENTS))
    skin = lot.choice(SKINS)
    washes = []
    for number, noun in enumerate(nouns):
        own = lot.choice(MUTED) if noun in OLD else COATS.get(noun, accents[number])
        accent = reading.colour if reading.colour and number == 0 else own
        paper = _hex(mix(own, "#ffffff", 0.68)) if noun in COATS else skin
        if reading.time == "night":
            paper, accent = _hex(mix(paper, AT_NIGHT, 0.35)), _hex(mix(accent, place.ink, 0.2))
        washes.append(Wash(paper, accent, place.ink, shade="" if noun in COATS else _hex(mix(paper, SHADE, 0.5))))
    return washes


def paint(svg: str, wash: Wash) -> str:
    """The same drawing with washes for tones, and its own colours for paper and ink."""
    shaded = SKIN_SHADE.sub(f'fill="{wash.shade}"', svg) if wash.shade else svg
    painted = TONE.sub(lambda m: _fill(m[1], m[2], wash), shaded)
    return painted.replace(PAPER, f'"{wash.paper}"').replace(INK, f'"{wash.ink}"')


def paint_persons(svg: str, figures: Mapping[str, Wash], place: Wash) -> str:
    """The persons in their colours, by id; their shadows have those of the place."""
    shadowed = SHADOW.sub(lambda m: m[1] + _shadow(m[2], place), svg)
    parts, painted = FIGURE.split(shadowed), []
    # what stands before the group of a person belongs to it too: those who stand with it
    before = parts[0]
    for who, rest in zip(parts[1::2], parts[2::2], strict=True):
        end = rest.index("</g>") + len("</g>")
        painted.append(paint(f"{before}<g>{rest[:end]}", figures[who]))
        before = rest[end:]
    return "".join(painted) + paint(before, place)


def _shadow(element: str, place: Wash) -> str:
    return TONE.sub(f'{_hex(mix(place.full, place.ink, 0.55))}" fill-opacity="0.6', element)


def _fill(clear: str | None, level: str, wash: Wash) -> str:
    share = (FINE if level == "fine" else int(level)) / FULL
    if clear:
        # dots over a drawing darken it and let it be seen
        return f'{wash.full}" fill-opacity="{min(share, 1) * 0.7:.2f}'
    if share <= 1:
        return _hex(mix(wash.paper, wash.full, share))
    return _hex(mix(wash.full, wash.ink, (share - 1) * 1.4))


def mix(one: str, other: str, share: float) -> Colour:
    """A colour between two, as red, green and blue of 0 to 255."""
    pairs = zip(rgb(one), rgb(other), strict=True)
    red, green, blue = (round(a + (b - a) * min(max(share, 0), 1)) for a, b in pairs)
    return red, green, blue


def rgb(colour: str) -> Colour:
    """A colour as ``#rrggbb`` in numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
