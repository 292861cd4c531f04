"""What a calling or a station makes of a look: a robber's scar, a king's crown, a hunter's stubble.

The words stand in the name itself, or in sentences that are about this person alone.
"""

import re
from collections.abc import Mapping
from typing import Any

from engines.comic.document import Look
from engines.writer.lexicon import count

ROBBER = "泥坊 泥棒 盗人 盗賊 強盗 罪人 山賊|robber thief thieves bandit pirate outlaw"
CALLINGS: Mapping[str, Mapping[str, Any]] = {
    ROBBER: {"hair": "wild", "beard": "full", "scar": True, "ragged": True, "hair_tone": "black", "accessory": "none"},
    "猟師 漁師 百姓 木こり 樵|hunter woodcutter fisherman peasant miller farmer": {"beard": "stubble"},
    "乞食 下人|beggar vagabond tramp": {"beard": "stubble", "ragged": True, "hair": "wild"},
    "船長|captain": {"beard": "full"},
    "仙人 魔法使い|wizard magician hermit": {"beard": "long", "hair_tone": "white"},
}
OF_THE_NAME: Mapping[str, Mapping[str, Any]] = {
    "王様 国王 大王|king": {"accessory": "crown", "beard": "full"},
    "女王 姫 王女|queen princess king's~daughter": {"accessory": "crown"},
    "王子|prince$": {"accessory": "crown", "beard": "none"},
    "巨人|giant": {"height": 1.7, "build": 1.3, "beard": "full", "hair": "wild", "accessory": "none"},
    "鬼|ogre troll": {"height": 1.35, "build": 1.3, "beard": "full", "hair": "wild", "accessory": "none"},
    "小人|dwarf": {"height": 0.6, "build": 1.2, "beard": "long"},
    "侍 武士 浪人 殿|samurai": {"hair": "topknot", "outfit": "kimono"},
    "釈迦 如来|buddha": {"hair": "topknot", "beard": "none", "outfit": "robe", "outfit_tone": "white"},
    "和尚 僧 坊さん|monk friar": {"hair": "bald", "beard": "none", "outfit": "robe"},
}
HAIR_DESCRIPTIONS: Mapping[str, tuple[str, str]] = {
    "長い髪 長い黒髪|long~hair long~dark~hair": ("hair", "long"),
    "白髪|white~hair grey~hair gray~hair": ("hair_tone", "white"),
    "黒髪|black~hair dark~hair raven~hair": ("hair_tone", "black"),
    "禿 はげ頭|bald": ("hair", "bald"),
}
PLURAL_EN = re.compile(r"^(?:children|officers|soldiers|people|men|women|brothers|sisters|robbers|thieves|villagers)$")
PLURAL_JA = re.compile(r"(?:たち|達|ども|人々|村人)$")
BEARDED = frozenset({"adult", "elder"})


def with_features(look: Look, name: str, alone: str, old: bool) -> Look:
    """The look with what its owner's name and calling tell; ``old`` is a Japanese story of old times."""
    traits: dict[str, Any] = {}
    for words, values in CALLINGS.items():
        if count(words, name) or count(words, alone):
            traits.update(values)
    for words, values in OF_THE_NAME.items():
        if count(words, name):
            traits.update(values)
    if look.gender == "female" or look.age not in BEARDED:
        traits.pop("beard", None)
        traits.pop("hair", None)
    if old and look.outfit in ("kimono", "robe"):
        traits = {**_of_old(look), **traits}
    traits |= {key: value for words, (key, value) in HAIR_DESCRIPTIONS.items() if count(words, alone)}
    traits["crowd"] = bool(PLURAL_EN.match(name.lower()) or PLURAL_JA.search(name))
    return Look.model_validate({**look.model_dump(), **traits})


def _of_old(look: Look) -> dict[str, Any]:
    """Before the modern age: no spikes and ribbons, and only the old are white."""
    traits: dict[str, Any] = {"accessory": "none"}
    if look.gender == "male" and look.age != "child":
        traits["hair"] = "topknot" if look.hair in ("spiky", "ponytail", "bob") else look.hair
    elif look.gender == "female":
        traits["hair"] = "long" if look.hair in ("twin_tails", "ponytail") else look.hair
    if look.age != "elder" and look.hair_tone == "white":
        traits["hair_tone"] = "black"
    return traits
