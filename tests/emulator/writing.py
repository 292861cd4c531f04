"""JSON by a schema, with words out of the prompt: same prompt, seed and schema, same JSON. A ``story`` is long.

Integers between two bounds rise along the list that they are in; neighbours in a list take different words of an enum.
"""

import hashlib
import random
import re

NAMES = {
    "ja": ["ハル", "ミオ", "タケル", "ユイ", "レン", "アオイ", "ソラ", "カイ"],
    "zh": ["小明", "小红", "阿强", "丽丽", "大山", "小雨", "老王", "阿花"],
    "en": ["Nora", "Finn", "Alice", "Tom", "Rose", "Jack", "Ellen", "Leo"],
}
KANA, HAN = re.compile(r"[\u3041-\u30ff]"), re.compile(r"[\u4e00-\u9fff]")
SENTENCE = re.compile(r"[^。！？.!?\n「」“”\"<>\[\]{}]{2,60}")
KATAKANA, CAPITAL = re.compile(r"[ァ-ヴー]{2,6}"), re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}")
MARKUP = re.compile(r"</?\w+>|\[\d+\]|^- \w+: .*$", re.MULTILINE)
LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
STRINGS, LONG = 24, 400


class Writer:
    """``lot`` decides by lot; words are taken from ``prompt``, the turns of the talk."""

    def __init__(self, schema, lot, prompt):
        self._schema = schema
        self._definitions = schema.get("$defs") or schema.get("defs") or {}
        self._seed = hashlib.sha256(lot.encode()).hexdigest()
        words = MARKUP.sub("\n", prompt)
        self._sentences = [s.strip() for s in SENTENCE.findall(words) if len(s.strip()) > 1] or ["…"]
        self._names = names_in(words)

    def write(self):
        return self._value(self._schema, "", 0.0, 1.0, 0)

    def _rng(self, path):
        return random.Random(f"{self._seed}{path}")

    def _value(self, schema, path, at, span, index):
        schema = self._resolved(schema)
        if "enum" in schema:
            # the same start for all of a list, so that its things differ
            start = self._rng(LAST_NUMBER.sub("", path)).randrange(len(schema["enum"]))
            return schema["enum"][(start + index) % len(schema["enum"])]
        if "const" in schema:
            return schema["const"]
        return self._of_type(schema, path, at, span, index)

    def _of_type(self, schema, path, at, span, index):
        kind = str(schema.get("type", "object")).lower()
        if kind == "object":
            fields = schema.get("properties", {}).items()
            return {name: self._value(each, f"{path}.{name}", at, span, index) for name, each in fields}
        if kind == "array":
            return self._array(schema, path, at, span)
        if kind in {"integer", "number"}:
            return self._number(schema, path, at, kind)
        if kind == "boolean":
            return self._rng(path).random() < 0.3
        return self._string(schema, path, index)

    def _resolved(self, schema):
        while True:
            if "$ref" in schema or "ref" in schema:
                schema = self._definitions[schema.get("$ref", schema.get("ref")).rsplit("/", 1)[-1]]
            elif options := schema.get("anyOf") or schema.get("oneOf"):
                schema = next((each for each in options if each.get("type") not in ("null", "NULL")), options[0])
            else:
                return schema

    def _array(self, schema, path, at, span):
        least = int(schema.get("minItems", 0))
        most = int(schema.get("maxItems", least + 3))
        # a list that may not be empty has two things or more where it may
        low = max(least, min(2, most)) if least else 0
        count = self._rng(path).randint(low, max(low, min(most, low + 2)))
        share = span / max(count, 1)
        return [self._value(schema["items"], f"{path}{n}", at + n * share, share, n) for n in range(count)]

    def _number(self, schema, path, at, kind):
        low, high = schema.get("minimum", 0), schema.get("maximum", 10)
        value = low + (high - low) * at if at else self._rng(path).uniform(low, high) if kind == "number" else low
        return int(value) if kind == "integer" else round(value, 3)

    def _string(self, schema, path, index):
        if path.rsplit(".", 1)[-1] in {"name", "full_name"}:
            return self._names[index % len(self._names)]
        text = self._rng(path).choice(self._sentences)
        long = path.endswith(".story")
        least = int(schema.get("minLength", LONG if long else 0))
        most = int(schema.get("maxLength", 2 * LONG if long else STRINGS))
        while len(text) < least:
            text += "\n" + self._rng(path + text).choice(self._sentences)
        return text[:most]


def names_in(prompt):
    """The names of a story: words in katakana or with a capital inside a sentence, the most frequent first."""
    language = "ja" if KANA.search(prompt) else "zh" if HAN.search(prompt) else "en"
    found = {"ja": KATAKANA, "en": CAPITAL}.get(language)
    words = found.findall(prompt) if found else []
    frequent = sorted(set(words), key=lambda word: (-words.count(word), word))[:8]
    return list(dict.fromkeys([*frequent, *NAMES[language]]))
