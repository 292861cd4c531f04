"""Who is in the story: names by rule, with their other names, counted.

Japanese: proper nouns of the dictionary, names before さん くん ちゃん, unknown words before は が も と に,
names that are called in speech. English: capital words that are not only at the beginning of sentences.
Both: roles such as 駅員, おばあさん, the wolf.
"""

import re
from collections import Counter
from collections.abc import Sequence

from engines.writer.kinship import GENERIC, TITLED, TITLES, acts_in_english, generic_words, named_by_relation, parents
from engines.writer.lexicon import SAYING, SPECIES, count, count_any, words
from engines.writer.passages import Passage
from engines.writer.tokens import Name, tokenizer

MAX_NAMES = 60
SUFFIX = r"(?:さん|くん|君|ちゃん|様|さま|先生|殿|先輩)"
ROLES_JA = words("roles_ja")
ROLES_EN = (
    "king's daughter|king's son|old man|old woman|king|queen|princess|prince|wolf|fox|lion|mouse|crow|bear|dog|cat|"
    "frog|hare|tortoise|lamb|horse|ass|children|boy|girl|man|woman|captain|mother|father|grandmother|grandfather|"
    "doctor|soldier|fisherman|merchant|witch|miller|giant|stranger|officers|dwarf|old hunter|hunter|woodcutter|"
    "grandson|butler|maid|nurse|inspector|colonel|judge|thief|robber|beggar|priest|monk|sailor|farmer|shepherd|blacksmith|cook|"
    "ogre|troll|fairy|dragon|raven|eagle|snake|youth|traveller|guard|servant|husband|wife"
)
ROLE_EN = re.compile(rf"\b(?:[Tt]he|[Aa]n?|[Hh]is|[Hh]er)\s+(?:\w+\s+)??((?i:{ROLES_EN}))\b(?!['’]s)")
DEMONYM = re.compile(r"\b[Tt]he [A-Z]\w+(?:ish|ese|ian)\b")
HIRAGANA = re.compile(r"(?:^|[、。　])([ぁ-ん]{2,4})(?=[はが][^ぁ-ん]|は、|が、)")
HIRAGANA_TIMES = 4
STRANGE_TIMES = 3
SHAPE_ONLY = frozenset({"代名詞", "接続詞", "連体詞", "感動詞", "動詞", "形容詞", "形状詞"})
PAIR_JA = re.compile(rf"二人の(?:[一-龠]い|[ぁ-ん]+な)?({'|'.join(ROLES_JA)})")
OTHER_JA = r"も(?:う)?(?:ひとり|一人)"
TITLE_WORDS = frozenset(TITLES.split("|"))
UNTOLD = frozenset({"Mr", "Mrs", "Ms", "Miss", "Sir", "Uncle", "Aunt", "King", "Queen", "Prince", "Princess", "Lord"})
NOT_NAMES = frozenset(words("not_names_en"))
CAPITAL = re.compile(r"\b[A-Z][a-z]+(?:['’][A-Z][a-z]+)?\b")
KATAKANA = re.compile(r"[ァ-ヴー]{2,}")
CALLED = re.compile(rf"(?:^|[、。！？\s…])([ァ-ヴー]{{2,6}}|[一-龠]{{1,4}})(?={SUFFIX}?[、！？!?…。]|$)")
PARTICLES = frozenset("はがもと")
SOUNDS = re.compile(r"^(.{1,3})\1+[ッンー]*$|[ッー]$|^.ッ|[ァ-ヴ]ン[ッー]*$")


def find_names(passages: Sequence[Passage], language: str) -> list[Name]:
    """The persons of a story, most mentioned first, at most ``MAX_NAMES``."""
    raw = _japanese(passages) if language == "ja" else _english(passages)
    names = _merge(raw, passages)
    names.sort(key=lambda name: (-name.mentions, name.name))
    return names[:MAX_NAMES]


def _japanese(passages: Sequence[Passage]) -> Counter[str]:
    found: Counter[str] = Counter()
    little: Counter[str] = Counter()
    relations: Counter[str] = Counter()
    for passage in passages:
        found.update(m for m in re.findall(rf"([一-龠ァ-ヴー]{{1,6}}){SUFFIX}", passage.bare))
        if passage.kind != "narration":
            found.update(m for m in CALLED.findall(passage.bare) if KATAKANA.fullmatch(m) and not _is_sound(m))
            continue
        found.update(role for role in ROLES_JA if _has_role(passage.bare, role))
        found.update(_tokens(passage.bare))
        relations.update(named_by_relation(passage.bare))
        found.update(m[0] for m in re.finditer(r"[一-龠]{2,4}(?=(?:と云う|という)(?:男|女|者|人))", passage.bare))
        little.update(word for word in HIRAGANA.findall(passage.bare) if _may_name(word))
    found.update({word: n for word, n in little.items() if n >= HIRAGANA_TIMES})
    narration = "\n".join(p.bare for p in passages if p.kind == "narration")
    strange = Counter(re.findall(r"(?<![一-龠])([一-龠]{2,4})(?=[はがも])", narration))
    found.update({w: n for w, n in strange.items() if n >= STRANGE_TIMES and len(list(tokenizer().tokenize(w))) > 1})
    called = {name for p in passages if p.kind != "narration" for name in CALLED.findall(p.bare)}
    candidates = {name: n for name, n in found.items() if not _is_sound(name) or n > 3}
    candidates = {
        name: n for name, n in candidates.items() if len(name) > 1 or n > 1 or name in relations or _is_role(name)
    } | relations
    return Counter(
        {
            name: n
            for name, n in candidates.items()
            if _acts(name, narration) or name in called or name in relations or _is_role(name)
        }
    )


def _may_name(word: str) -> bool:
    """Whether a word in hiragana is none of the little words of the language."""
    tokens = list(tokenizer().tokenize(word))
    return not any(token.part_of_speech()[0] in SHAPE_ONLY for token in tokens) and word[0] not in "このそのあれど"


def _acts(name: str, text: str) -> bool:
    """Whether a name is ever who a sentence is about; else it is a place or a thing."""
    return re.search(rf"{re.escape(name)}{SUFFIX}?(?:たち)?[はがも]", text) is not None


def _has_role(text: str, role: str) -> bool:
    return re.search(rf"(?<![一-龠]){role}(?:たち)?[はがもをのにと、]", text) is not None


def _tokens(text: str) -> list[str]:
    tokens = [(m.surface(), m.part_of_speech()) for m in tokenizer().tokenize(text)]
    names: list[str] = []
    for (word, kind), (after, _) in zip(tokens, [*tokens[1:], ("", ())], strict=True):
        person = kind[0] == "名詞" and kind[1] == "固有名詞" and kind[2] == "人名"
        unknown = kind[0] == "名詞" and KATAKANA.fullmatch(word) and after in PARTICLES and len(word) <= 6
        if (person and (len(word) > 1 or after in PARTICLES)) or unknown:
            names.append(word)
    return names


def _is_sound(word: str) -> bool:
    return SOUNDS.search(word) is not None


def _english(passages: Sequence[Passage]) -> Counter[str]:
    inside: Counter[str] = Counter()
    first: Counter[str] = Counter()
    for passage in passages:
        inside.update(name for _, name in TITLED.findall(passage.text))
        if passage.kind == "narration":
            inside.update(_role(match) for match in ROLE_EN.findall(passage.text))
        for match in CAPITAL.finditer(passage.text):
            around = passage.text[max(0, match.start() - 4) : match.end()]
            if (
                match.group() in NOT_NAMES
                or match.group() in TITLE_WORDS
                or _is_role(match.group().lower())
                or DEMONYM.search(around)
            ):
                continue
            starts = match.start() == 0 or passage.text[: match.start()].rstrip()[-1:] in {".", "!", "?", '"', "“", ""}
            (first if starts else inside)[match.group()] += 1
    # a word that only ever begins sentences is a name when it is said to do what persons do
    for word, times in first.items():
        acts = sum(count(SAYING, p.text) for p in passages if re.match(rf"{word}\s+\w+", p.text))
        if word in inside or (acts and times > 1):
            inside[word] += times
    text = "\n".join(p.text for p in passages)
    return Counter({word: n for word, n in inside.items() if _is_role(word) or acts_in_english(word, text)})


def _role(word: str) -> str:
    """A role as the story writes it: a fable's Wolf keeps its capital."""
    return word if word[0].isupper() else word.lower()


def _merge(raw: Counter[str], passages: Sequence[Passage]) -> list[Name]:
    """One name for a person with a title or a suffix; a role that is never alone is no person of its own."""
    text = "\n".join(p.bare for p in passages)
    names: list[Name] = []
    for word in sorted(raw, key=lambda w: (-len(w), w)):
        longer = next((n for n in names if word in n.name and word != n.name and n.role == _is_role(word)), None)
        if longer is not None and len(word) < len(longer.name):
            longer.mentions += raw[word] if text.count(word) > text.count(longer.name) else 0
            if longer.role and longer.name.endswith(f" {word}") and word not in GENERIC:
                longer.aliases.append(word)
            continue
        titled = sorted(set(re.findall(rf"{re.escape(word)}{SUFFIX}|\b(?:{TITLES})\.?\s+{re.escape(word)}", text)))
        titled += _titles(titled, {n.name for n in names}, text)
        whole = titled[0] if titled and word[0] in "御お" and text.count(word) == text.count(titled[0]) else word
        names.append(Name(whole, [*titled, word], max(raw[word], text.count(word)), _is_role(word)))
    parents(names, text)
    persons = generic_words([n for n in names if n.mentions], text)
    return _paired(_related(_without_passing_roles(persons, text), text), text)


def _titles(titled: Sequence[str], known: set[str], text: str) -> list[str]:
    """The title alone where it stands for its owner: the Colonel, the inspector."""
    own = sorted({each.split()[0].rstrip(".") for each in titled if each.isascii()} - UNTOLD - known)
    return [*own, *(word.lower() for word in own if re.search(rf"\bthe {word.lower()}\b", text))]


def _related(names: list[Name], text: str) -> list[Name]:
    """One person for a name with its kind (ごん狐) and for a princess who is the king's daughter."""
    retained: list[Name] = []
    for name in names:
        kind = count_any(SPECIES, name.name)
        owner = next((n for n in names if n is not name and kind and f"{n.name}{name.name}" in text), None)
        if name.name == "princess":
            owner = next((n for n in names if n.name.lower() == "king's daughter"), None)
        if owner is None:
            retained.append(name)
        else:
            owner.aliases.append(name.name)
            owner.mentions += name.mentions
    return retained


def _paired(names: list[Name], text: str) -> list[Name]:
    """二人の紳士: two persons go by one word; the other one is called もひとり."""
    for role in {match[1] for match in PAIR_JA.finditer(text)}:
        first = next((n for n in names if n.name == role), None)
        if first is None:
            continue
        other = re.search(rf"({OTHER_JA})の{role}", text)
        called = other[0] if other else f"もう一人の{role}"
        aliases = [other[1]] if other else ["もう一人"]
        names.append(Name(called, aliases, max(2, first.mentions - 1), role=True))
    return names


def _without_passing_roles(names: list[Name], text: str) -> list[Name]:
    """A role that explains a name (駅員の田中さん) is an alias of it; one mentioned once is nobody."""
    retained: list[Name] = []
    for name in names:
        owner = next(
            (
                n
                for n in names
                if (name.role and not n.role and f"{name.name}の{n.name}" in text) or f"{name.name} {n.name}" in text
            ),
            None,
        )
        if owner is not None:
            owner.aliases.append(name.name)
        elif not name.role or name.mentions > 1:
            retained.append(name)
    return retained


def _is_role(word: str) -> bool:
    return word in ROLES_JA or re.fullmatch(ROLES_EN, word.lower()) is not None
