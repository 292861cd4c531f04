"""The manga document: one JSON value per session, filled phase by phase.

Coordinates are page pixels: x to the right, y down, a page is ``PAGE_WIDTH`` by ``PAGE_HEIGHT``. A spread is two
pages wide with the fold in its middle; a strip of a webtoon is ``STRIP_WIDTH`` wide and as high as it needs to be.
Every element carries an id that can be addressed by itself: ``p1``, ``p1.panel3``,
``p1.panel3.balloon1``, ``c2``. Values are plain JSON after ``model_dump(mode="json")``.

    writer  -> Concept, Character, Scene, Panel      (phases 1 to 4)
    artist  -> Drawing                               (phases 2 and 5)
    letterer -> Lettering, then pages and checks     (phases 6 and 7)
"""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

PAGE_WIDTH = 1200
PAGE_HEIGHT = 1700
STRIP_WIDTH = 800
STRIP_FOOT = 60

Point = tuple[float, float]
Language = Literal["ja", "en"]
PageLayout = Literal["page", "webtoon"]
Paper = Literal["page", "spread", "strip"]
Expression = Literal["neutral", "smile", "joy", "sad", "cry", "angry", "surprise", "fear", "shy", "determined"]
Shot = Literal["long", "full", "medium", "bust", "close_up", "over_shoulder"]
Pose = Literal[
    "stand", "walk", "run", "sit", "point", "arms_up", "fall", "hug", "fight", "bow", "eat", "kneel", "lie", "climb",
]  # fmt: skip
Facet = Literal["auto", "front", "three_quarter", "profile", "back"]
SpeechKind = Literal["speech", "thought", "shout", "whisper", "narration", "radio"]
Background = Literal[
    "classroom", "street", "room", "forest", "sea", "rooftop", "station", "field", "castle", "abstract",
    "library", "kitchen", "shop", "bridge", "mountain", "river", "temple", "battlefield", "space", "tatami",
    "underworld", "graveyard",
]  # fmt: skip
Effect = Literal["focus_lines", "speed_lines", "sparkles", "rain", "snow", "gloom", "flash"]
Hair = Literal[
    "short", "spiky", "bob", "long", "ponytail", "twin_tails", "bun", "bald", "swept", "topknot", "wild"
]  # fmt: skip
Beard = Literal["none", "stubble", "moustache", "full", "long"]
Species = Literal[
    "human", "dog", "cat", "fox", "wolf", "bear", "lion", "mouse", "rabbit", "horse", "cow", "sheep", "frog", "bird",
    "crow", "tortoise",
]  # fmt: skip
PropKind = Literal[
    "book", "letter", "lamp", "sword", "umbrella", "cup", "box", "flower", "bag", "phone", "gun", "ball", "rope"
]
Outfit = Literal["gakuran", "sailor", "suit", "shirt", "kimono", "dress", "hoodie", "robe"]


class Record(BaseModel):
    """A part of the document: unknown fields are refused, so a typing slip cannot hide."""

    model_config = ConfigDict(extra="forbid")


class Box(Record):
    """An upright rectangle in page pixels."""

    x: float
    y: float
    w: float = Field(ge=0)
    h: float = Field(ge=0)


class Span(Record):
    """A half-open range of character offsets in the source text."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Look(Record):
    """What makes a person the same person in every panel."""

    gender: Literal["female", "male"] = "female"
    age: Literal["child", "teen", "adult", "elder"] = "teen"
    hair: Hair = "short"
    hair_tone: Literal["white", "black", "grey"] = "black"
    outfit: Outfit = "shirt"
    outfit_tone: Literal["white", "black", "grey"] = "grey"
    accessory: Literal["none", "glasses", "ribbon", "hairband", "scarf", "hat", "crown"] = "none"
    beard: Beard = "none"
    scar: bool = False
    ragged: bool = False
    crowd: bool = Field(default=False, description="Several persons under one name: the children, the soldiers.")
    eye_size: float = Field(default=1.0, ge=0.6, le=1.4)
    height: float = Field(default=1.0, ge=0.6, le=1.7, description="1 is an average adult.")
    build: float = Field(default=1.0, ge=0.8, le=1.3)
    species: Species = "human"


class Character(Record):
    """A person of the story; ``id`` is ``c1``, ``c2``… by order of importance."""

    id: str
    name: str
    aliases: list[str] = []
    role: Literal["protagonist", "antagonist", "mentor", "ally", "support"] = "support"
    look: Look = Look()


class Figure(Record):
    """A person as staged in one panel, in reading order of the stage.

    ``place`` is the centre of the figure across the panel: 0 its left edge, 1 its right edge. ``view`` is how far
    the figure is turned towards ``facing``; "auto" lets the artist choose by pose and shot. In an over_shoulder
    shot the last figure is seen from behind, close to the camera.
    """

    character: str
    expression: Expression = "neutral"
    pose: Pose = "stand"
    facing: Literal["left", "front", "right"] = "front"
    view: Facet = "auto"
    place: float = Field(default=0.5, ge=0, le=1)


class Prop(Record):
    """A thing named in the text: in the hand of ``holder``, or standing on the floor at ``place``."""

    kind: PropKind
    holder: str | None = None
    place: float = Field(default=0.5, ge=0, le=1)


class Line(Record):
    """Words to be lettered, in reading order. ``speaker`` is a character id; None for narration or a voice unseen."""

    id: str
    kind: SpeechKind = "speech"
    text: str
    speaker: str | None = None
    expression: Expression = "neutral"
    source: Span | None = None
    rule: str = ""


class Sfx(Record):
    """A drawn sound, part of the art."""

    id: str
    text: str
    source: Span | None = None


class Panel(Record):
    """One frame: its polygon (clockwise from the top left), what is staged, what is said, and why.

    Balloons stay inside the polygon, or inside ``reach`` where it is planned that they cross the frame;
    ``reserved`` is kept free for balloons of a neighbour.
    """

    id: str
    page: int = Field(ge=1)
    number: int = Field(ge=1)
    scene: int = Field(ge=1)
    size: Literal["splash", "large", "medium", "small"] = "medium"
    shot: Shot = "medium"
    camera_angle: Literal["eye_level", "high", "low", "dutch"] = "eye_level"
    polygon: list[Point] = Field(min_length=4)
    bleed: bool = False
    paper: Paper = "page"
    reach: list[Point] = []
    reserved: list[Box] = []
    background: Background = "abstract"
    time_of_day: Literal["day", "evening", "night"] = "day"
    effects: list[Effect] = []
    figures: list[Figure] = []
    props: list[Prop] = []
    lines: list[Line] = []
    sfx: list[Sfx] = []
    emotion: Expression = "neutral"
    weight: float = Field(default=1.0, gt=0, description="Importance; the area of the panel follows it.")
    sources: list[Span] = []
    rule: str = ""
    seed: int = 0


class FigureBoxes(Record):
    """Where a drawn figure really is, for balloons and checks. ``body`` includes the head."""

    character: str
    head: Box
    body: Box
    mouth: Point


class Drawing(Record):
    """The art of one panel: SVG elements in page pixels, not yet clipped to the panel polygon."""

    panel: str
    svg: str
    figures: list[FigureBoxes] = []
    sfx: list[Box] = []
    engine: str = "draft"


class Balloon(Record):
    """One lettered balloon. ``outline`` and ``text_path`` are SVG path data in page pixels.

    ``hull`` is the outline without its tail and ``text_box`` the extent of all glyphs, ruby included.
    ``order`` is its place in the reading order of the panel, from 1.
    """

    id: str
    line: str
    kind: SpeechKind
    speaker: str | None = None
    text: str
    order: int = Field(ge=1)
    font: str
    font_size: float = Field(gt=0)
    outline: str
    text_path: str
    hull: list[Point]
    text_box: Box
    tail: Point | None = None


class Lettering(Record):
    """The lettering of one panel: SVG elements in page pixels, and their geometry."""

    panel: str
    svg: str
    balloons: list[Balloon] = []
    engine: str = "draft"


class Check(Record):
    """One measured gate of phase 7. ``element`` is the id of what was measured."""

    name: str
    element: str
    passed: bool
    measured: float | None = None
    limit: float | None = None
    detail: str = ""


class Page(Record):
    """One page: its panels in reading order, with the art and lettering by panel id."""

    number: int = Field(ge=1)
    panels: list[Panel]
    drawings: dict[str, Drawing] = {}
    letterings: dict[str, Lettering] = {}
    checks: list[Check] = []

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in page pixels."""
        papers = {panel.paper for panel in self.panels}
        if "strip" in papers:
            return STRIP_WIDTH, math.ceil(max(y for panel in self.panels for _, y in panel.polygon)) + STRIP_FOOT
        return PAGE_WIDTH * (2 if "spread" in papers else 1), PAGE_HEIGHT

    @property
    def last(self) -> int:
        """The number of its last page: a spread takes two."""
        return self.number + any(panel.paper == "spread" for panel in self.panels)


class Document(Record):
    """The whole manga."""

    title: str
    language: Language = "ja"
    direction: Literal["rtl", "ltr"] = "rtl"
    layout: PageLayout = "page"
    genre: str = ""
    themes: list[str] = []
    seed: int = 0
    characters: list[Character] = []
    pages: list[Page] = []
    provenance: dict[str, str] = {}
