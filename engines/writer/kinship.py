"""Who is whose: names told by kinship or calling, parents of a named child, and plain words for one who has a name.

妻の遥, 操縦士のリン, 猟師と、娘のお春, Colonel Harding and the Colonel, Peter and the boy.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from engines.writer.lexicon import FEMALE, MALE, SAYING, SPECIES, count, count_any, words
from engines.writer.tokens import Name, tokenizer

RELATION_F, RELATION_M = "妻|娘|姉|妹|母|祖母|婆や|王女", "夫|息子|兄|弟|父|祖父|王子"
NAME_JA = r"お[一-龠]{1,2}|[一-龠]{1,3}|[ァ-ヴー]{2,6}"
RELATION_NAME = re.compile(
    rf"(?:{RELATION_F}|{RELATION_M}|友人|親友|[一-龠]{{2,3}}[士手長員師])の({NAME_JA})(?=[はがもをにと、。])"
)
SAYS_JA = re.compile(
    rf"(?:^|[、。」』　と])({NAME_JA})(?:さん|くん|君|ちゃん)?[がは](?:[^、。「」]{{0,5}})?"
    r"(?:言っ|言い|云い|云っ|叫|答え|つぶや|呟|ささや|囁|尋ね|訊)"
)
CHILD_OF = re.compile(rf"({NAME_JA})(?:という|と云う)?[^。]{{0,8}}?と、?(?:その)?(?:娘|息子)の({NAME_JA})")
NOBODY = frozenset(
    [
        "声",
        "人",
        "皆",
        "誰",
        "何",
        "男",
        "女",
        "子",
        "風",
        "雨",
        "者",
        "方",
        "一人",
        "二人",
        "三人",
        "彼",
        "彼女",
        "私",
        "僕",
        "俺",
        "自分",
        "今度",
        "全員",
        "相手",
        "仲間",
    ]
)
FEMALE_ENDINGS = re.compile(
    r"(?:子|美|香|奈|菜|花|恵|希|紀|江|代|乃|音|織|葉|ミ|カ|ナ|コ|ヨ|リ|エ|サ|a|ie|elle|ine|y)$"
)
TITLES = (
    "Mr|Mrs|Ms|Miss|Dr|Doctor|Captain|Colonel|Major|Sergeant|Lieutenant|General|Inspector|Detective|Professor|Judge|"
    "King|Queen|Prince|Princess|Lady|Lord|Sir|Count|Duke|Baron|Uncle|Aunt|Father|Brother|Sister|Madame|Master"
)
TITLED = re.compile(rf"\b({TITLES})\.?\s+([A-Z]\w+)")
GENERIC = {
    "boy": "male", "lad": "male", "girl": "female", "child": "", "woman": "female", "man": "male", "old man": "male",
    "old woman": "female", "princess": "female", "prince": "male", "husband": "male", "wife": "female",
}  # fmt: skip
YOUNG = frozenset({"boy", "lad", "girl", "child"})
DID = (
    "was had is has did would could went came sat ran stood lay fell rose knelt took gave saw heard found left spoke "
    "wept held kept made felt knew told brought drew drank ate"
)
VERBS_EN = rf"(?:{'|'.join(SAYING.partition('|')[2].split())})\w*|{DID.replace(' ', '|')}|\w{{2,}}ed"
SHE_SAYS = re.compile(
    r"(?:[ただるい]わ|わよ|のよ|わね|かしら|[一-龠]よ)(?=[。！？?]|$)|あたし|わたしの|お父さん、|お母さん、.*わ"
)
HE_SAYS = re.compile(r"(?:だぜ|だぞ|るぞ|たぞ|のだ|るな|うな)(?=[。！]|$)|俺|おれ|僕|ぼく")


def named_by_relation(text: str) -> list[str]:
    """Japanese names that are told with a kinship or a calling, or that are said to speak."""
    found = [*RELATION_NAME.findall(text), *SAYS_JA.findall(text)]
    return [name for name in found if name not in NOBODY and not _is_word(name)]


@lru_cache
def _is_word(name: str) -> bool:
    if len(name) == 1 and not _is_given(name):
        return True
    return name in words("roles_ja") or name.endswith(("士", "員", "者", "様", "声"))


def _is_given(name: str) -> bool:
    return any(token.part_of_speech()[2] == "人名" for token in tokenizer().tokenize(name + "が"))


def parents(names: Sequence[Name], text: str) -> None:
    """Give the parent of a named child the words 父 or 母, and the child the word 娘 or 息子, where they are free."""
    by_name = {name.name: name for name in names}
    for match in CHILD_OF.finditer(text):
        elder, child = by_name.get(match[1]), by_name.get(match[2])
        if elder is None or child is None or elder is child:
            continue
        relation = "母" if gender_of(elder.name, text) == "female" else "父"
        _take(names, elder, (relation, f"お{relation}さん", f"{relation}さん"))
        _take(names, child, ("娘" if "娘の" + child.name in text else "息子",))


def _take(names: Sequence[Name], owner: Name, taken: Sequence[str]) -> None:
    owner.aliases.extend(word for word in taken if word not in owner.aliases)
    for other in [n for n in names if n is not owner and n.role and n.name in taken]:
        owner.mentions += other.mentions
        other.mentions = 0


def gender_of(name: str, text: str) -> str:
    """What the words before a name tell: 妻の遥, Lady Margaret; empty when nothing does."""
    if re.search(rf"(?:{RELATION_F})の{re.escape(name)}", text) or re.match(r"お[一-龠ぁ-ん]{1,2}$", name):
        return "female"
    if re.search(rf"(?:{RELATION_M})の{re.escape(name)}", text):
        return "male"
    title = re.search(rf"\b({TITLES})\.?\s+{re.escape(name)}", text)
    if title:
        female, male = count(FEMALE, title[1]), count(MALE, title[1])
        return "female" if female > male else "male" if male > female else ""
    return ""


def voice_of(name: str, narration: str, quote: str) -> str:
    """What the words of a quote tell of the gender of who says it, where ``narration`` names the one who does."""
    if not re.search(rf"{re.escape(name)}(?:さん|くん|先生)?[がは]?", narration):
        return ""
    return "female" if SHE_SAYS.search(quote) else "male" if HE_SAYS.search(quote) else ""


def acts_in_english(name: str, text: str) -> bool:
    """Whether a capital word is ever who does or says something; else it is a place or a thing."""
    after = rf"\b{re.escape(name)}\b(?:,[^,.]{{1,40}},)?\s+(?:\w+ly\s+|also\s+|only\s+)?(?:{VERBS_EN})\b"
    before = (
        rf"\b(?:{'|'.join(SAYING.partition('|')[2].split())})\w*\s+(?:the\s+|(?:{TITLES})\.?\s+)?{re.escape(name)}\b"
    )
    called = rf"[“\"]{re.escape(name)}[,!?]|, {re.escape(name)}[,.!?]"
    return any(re.search(pattern, text) for pattern in (after, before, called))


def generic_words(names: list[Name], text: str) -> list[Name]:
    """A plain word such as "the boy" is an alias where only one person can be meant."""
    for word in [n for n in names if n.name in GENERIC]:
        able = [n for n in names if n.name not in GENERIC and (not n.role or n.mentions > 1)]
        able = [n for n in able if not count_any(SPECIES, n.name) and _may_be(n, word.name, text)]
        if len(able) == 1 and word.mentions <= able[0].mentions + 1:
            able[0].aliases.append(word.name)
            able[0].mentions += word.mentions
            word.mentions = 0
    return [n for n in names if n.mentions]


def _may_be(name: Name, word: str, text: str) -> bool:
    near = " ".join(re.findall(rf"[^.]*\b{re.escape(name.name)}\b[^.]*\.[^.]*", text))
    old = name.name.startswith("old ") or re.search(rf"\bold(?:er)? {re.escape(name.name)}\b", text) is not None
    grown = (name.role and name.name != "grandson") or gender_of(name.name, text) != ""
    if not re.search(rf"\b[Tt]he {word}\b", text) or word.startswith("old ") != old or (word in YOUNG and grown):
        return False
    wanted = GENERIC[word]
    female, male = len(re.findall(r"\b(?:she|her)\b", near)), len(re.findall(r"\b(?:he|his|him)\b", near))
    gender = gender_of(name.name, text) or ("female" if female > male else "male" if male > female else "")
    gender = gender or ("female" if FEMALE_ENDINGS.search(name.name) else "")
    if word in {"princess", "prince"} and not re.search(r"\b(?:king|queen|daughters?|sons?)\b", near, re.IGNORECASE):
        return False
    return not wanted or gender == wanted or bool(name.role and old)
