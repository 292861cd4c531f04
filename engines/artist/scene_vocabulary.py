"""The words of the manga document in plain English, for image models."""

from collections.abc import Mapping

from engines.comic.document import Look

SHOTS: Mapping[str, str] = {
    "long": "A long shot: small figures in a wide view of the place",
    "full": "A full shot: whole figures from head to foot",
    "medium": "A medium shot: figures from the hips up",
    "bust": "A bust shot: head and shoulders",
    "close_up": "A close-up of the face",
    "over_shoulder": "Over the shoulder of the second person, who is close to us and seen from behind",
}
ANGLES: Mapping[str, str] = {
    "eye_level": "at eye level",
    "high": "seen from above",
    "low": "seen from below",
    "dutch": "with a tilted camera",
}
PLACES: Mapping[str, str] = {
    "classroom": "a classroom",
    "street": "a street with houses",
    "room": "a room in a house",
    "forest": "a forest",
    "sea": "the shore of the sea",
    "rooftop": "the flat roof of a school",
    "station": "the platform of a railway station",
    "field": "an open field with grass",
    "castle": "a castle",
    "abstract": "no place, an empty ground with tones",
    "library": "a library with shelves",
    "kitchen": "a kitchen",
    "shop": "the inside of a shop",
    "bridge": "a bridge",
    "mountain": "mountains",
    "river": "the bank of a river",
    "temple": "the grounds of a temple",
    "battlefield": "a battlefield",
    "space": "space with stars",
    "tatami": "a Japanese room with mats and paper doors",
    "underworld": "the underworld, dark and rocky",
    "graveyard": "a graveyard",
}
TIMES: Mapping[str, str] = {"day": "by day", "evening": "in the evening light", "night": "at night"}
WEATHER: Mapping[str, str] = {"rain": "It rains.", "snow": "It snows."}
EFFECTS: Mapping[str, str] = {
    "focus_lines": "Focus lines run from the edges to the centre.",
    "speed_lines": "Speed lines show a fast movement.",
    "sparkles": "Small sparkles are in the air.",
    "gloom": "Dark vertical tones hang over it.",
    "flash": "A white flash breaks out of the centre.",
}
MOODS: Mapping[str, str] = {
    "neutral": "calm",
    "smile": "friendly",
    "joy": "joyful",
    "sad": "sad",
    "cry": "moving",
    "angry": "tense with anger",
    "surprise": "startling",
    "fear": "frightening",
    "shy": "tender",
    "determined": "resolute",
}
FACES: Mapping[str, str] = {
    "neutral": "with a calm face",
    "smile": "smiling",
    "joy": "laughing with joy",
    "sad": "with a sad face",
    "cry": "in tears",
    "angry": "angry",
    "surprise": "surprised, with wide eyes",
    "fear": "frightened",
    "shy": "shy and blushing",
    "determined": "with a determined look",
}
POSES: Mapping[str, str] = {
    "stand": "standing",
    "walk": "walking",
    "run": "running",
    "sit": "sitting",
    "point": "pointing with one arm",
    "arms_up": "with both arms raised",
    "fall": "falling over",
    "hug": "in an embrace",
    "fight": "fighting",
    "bow": "bowing",
    "eat": "eating",
    "kneel": "kneeling",
    "lie": "lying on the ground",
    "climb": "climbing",
}
FACINGS: Mapping[str, str] = {"left": "turned to the left", "front": "turned to us", "right": "turned to the right"}
PROPS: Mapping[str, str] = {
    "book": "a book",
    "letter": "a letter",
    "lamp": "a lamp",
    "sword": "a sword",
    "umbrella": "an umbrella",
    "cup": "a cup",
    "box": "a box",
    "flower": "a flower",
    "bag": "a bag",
    "phone": "a telephone",
    "gun": "an old gun",
    "ball": "a ball",
    "rope": "a rope",
}
AGES: Mapping[str, tuple[str, str]] = {
    "child": ("girl", "boy"),
    "teen": ("teenage girl", "teenage boy"),
    "adult": ("woman", "man"),
    "elder": ("old woman", "old man"),
}
HAIR: Mapping[str, str] = {
    "short": "short hair",
    "spiky": "spiky hair",
    "bob": "a bob",
    "long": "long hair",
    "ponytail": "a ponytail",
    "twin_tails": "two pigtails",
    "bun": "a bun",
    "bald": "a bald head",
    "swept": "swept-back hair",
    "topknot": "a topknot",
    "wild": "wild hair",
}
OUTFITS: Mapping[str, str] = {
    "gakuran": "school uniform with a high collar",
    "sailor": "sailor school uniform",
    "suit": "suit",
    "shirt": "shirt",
    "kimono": "kimono",
    "dress": "dress",
    "hoodie": "hooded sweater",
    "robe": "long robe",
}
BEARDS: Mapping[str, str] = {
    "stubble": "stubble",
    "moustache": "a moustache",
    "full": "a full beard",
    "long": "a long beard",
}
ACCESSORIES: Mapping[str, str] = {
    "glasses": "glasses",
    "ribbon": "a ribbon in the hair",
    "hairband": "a hairband",
    "scarf": "a scarf",
    "hat": "a hat",
    "crown": "a crown",
}


def look_of(look: Look) -> str:
    """A look in one phrase."""
    if look.species != "human":
        return f"several animals: {look.species}s" if look.crowd else f"an animal, a {look.species}"
    who = AGES[look.age][look.gender == "male"]
    hair = HAIR[look.hair] if look.hair == "bald" else f"{HAIR[look.hair]} ({look.hair_tone})"
    worn = f"wearing a {look.outfit_tone} {OUTFITS[look.outfit]}" + (", ragged" if look.ragged else "")
    marks = [BEARDS.get(look.beard), ACCESSORIES.get(look.accessory), "a scar on the face" if look.scar else None]
    features = ", ".join([hair, *(mark for mark in marks if mark)])
    article = "several persons, each a" if look.crowd else "an" if who.startswith("o") else "a"
    return f"{article} {who} with {features}, {worn}"


def side_of(place: float) -> str:
    """Where a figure stands across the panel."""
    return "on the left" if place < 0.4 else "on the right" if place > 0.6 else "in the middle"
