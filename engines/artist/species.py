"""How animals are made: ears, muzzle, coat, size and tail by species."""

from dataclasses import dataclass

from engines.artist.ink import INK, PAPER
from engines.comic.document import Look, Point
from engines.comic.tones import tone


@dataclass(frozen=True)
class Beast:
    """Measures in units of half a head width; ``feet`` is the height of the soles of a standing animal."""

    coat: int
    ears: str
    muzzle: float
    tail: str
    size: float
    feet: float = 4.7
    long: float = 4.0
    thick: float = 1.0
    neck: Point = (-0.9, 1.6)
    mark: str = ""

    @property
    def lying(self) -> float:
        """The height of the ground below the face of an animal that lies on its side."""
        return 1.5 if self.tail in ("none", "feathers", "shell") else self.neck[1] + 1.35 * self.thick

    @property
    def up(self) -> float:
        """How far the ears reach above the middle of the face."""
        return {"long": 2.75, "point": 1.75, "horse": 1.85, "mouse": 1.7, "cow": 1.6}.get(self.ears, 1.4)

    @property
    def side(self) -> float:
        """How far the head reaches to each side."""
        if self.mark == "mane":
            return 1.75
        return {"mouse": 1.55, "cow": 1.55, "flop": 1.3}.get(self.ears, 1.3)


BEASTS: dict[str, Beast] = {
    "dog": Beast(0, "flop", 0.62, "curl", 0.46, mark="patch"),
    "cat": Beast(0, "point", 0.2, "long", 0.32, 4.0, 3.4, mark="stripes"),
    "fox": Beast(10, "point", 0.66, "brush", 0.42, 4.4, mark="mask"),
    "wolf": Beast(40, "point", 0.7, "brush", 0.58, mark="mask"),
    "bear": Beast(50, "round", 0.46, "stub", 1.0, 4.6, 3.8, 1.5),
    "lion": Beast(10, "round", 0.44, "tuft", 0.75, 5.0, 4.4, 1.15, mark="mane"),
    "mouse": Beast(15, "mouse", 0.46, "string", 0.2, 3.0, 2.3, 0.9, (-0.6, 1.2)),
    "rabbit": Beast(0, "long", 0.2, "puff", 0.3, 3.4, 2.5, 0.95, (-0.6, 1.2)),
    "horse": Beast(20, "horse", 1.0, "hair", 1.1, 7.6, 5.2, 1.15, (-1.9, 3.0), "crest"),
    "cow": Beast(0, "cow", 0.7, "tuft", 0.9, 5.6, 5.0, 1.4, (-1.1, 1.7), "patch"),
    "sheep": Beast(0, "lamb", 0.5, "puff", 0.55, 4.4, 3.4, 1.3, (-0.9, 1.5), "wool"),
    "frog": Beast(15, "eyes", 0.1, "none", 0.2, 2.7, 2.0, 1.0),
    "tortoise": Beast(15, "none", 0.34, "shell", 0.26, 3.4, 4.6, 1.0),
    "bird": Beast(10, "none", 0.0, "feathers", 0.22, 3.9, 2.2),
    "crow": Beast(100, "none", 0.0, "feathers", 0.32, 3.9, 2.4),
}


def coat_of(look: Look) -> str:
    """The fill of the coat."""
    level = BEASTS[look.species].coat
    if level == 100:
        return INK
    if look.hair_tone == "white" and look.species in ("cat", "horse", "mouse", "bird", "bear", "rabbit"):
        return PAPER
    return tone(level) if level else PAPER
