"""The lettering faces, and which of them shows a character: by style, then by coverage.

text -> clusters (a letter with its marks, an emoji sequence) -> pieces (face, characters)
"""

import re
import unicodedata
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import Literal

from engines.comic.lettering.harfbuzz import Font, hb
from foundation.language import composed

FontName = Literal["dialogue", "shout", "sfx", "latin", "latin_italic", "latin_shout"]
RubyPiece = tuple[str, str]
FONT_DIR = Path(__file__).parents[3] / "assets" / "fonts"
GETA, DRAWN = "〓", "drawn"
SHIPPORI, DELA, COMIC, BANGERS = "shippori-antique", "dela-gothic-one", "comic-neue-bold", "bangers"
ITALIC, GOTHIC, SANS, EMOJI = "comic-neue-bold-italic", "noto-sans-jp", "noto-sans", "noto-emoji"
SYMBOLS = ("noto-sans-symbols", "noto-sans-symbols-2")
HEAVY = "+heavy"
# em added to each stem, so that a fallback beside a display face is not thin
HEAVY_BY = 0.06
ALPHABETIC = (SANS, SANS + HEAVY)
CHAINS: dict[str, tuple[str, ...]] = {
    "dialogue": (SHIPPORI, GOTHIC, SANS, EMOJI, *SYMBOLS, DELA),
    "shout": (DELA, GOTHIC + HEAVY, SANS + HEAVY, EMOJI, *SYMBOLS),
    "sfx": (DELA, GOTHIC + HEAVY, SANS + HEAVY, EMOJI, *SYMBOLS),
    "latin": (COMIC, SANS, SHIPPORI, GOTHIC, EMOJI, *SYMBOLS, DELA),
    "latin_italic": (ITALIC, SANS, SHIPPORI, GOTHIC, EMOJI, *SYMBOLS, DELA),
    "latin_shout": (BANGERS, SANS + HEAVY, DELA, GOTHIC + HEAVY, EMOJI, *SYMBOLS),
}
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
JOINER, TEXT_STYLE, EMOJI_STYLE, KEYCAP = "\u200d", "\ufe0e", "\ufe0f", "\u20e3"
SKIN, TAGS, REGIONS = "\U0001f3fb-\U0001f3ff", "\U000e0020-\U000e007f", "\U0001f1e6-\U0001f1ff"
MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\u3099\u309a"
CLUSTER = rf"(?:[{REGIONS}]{{2}}|.[{MARKS}{SELECTORS}{SKIN}{TAGS}]*(?:{JOINER}.[{MARKS}{SELECTORS}{SKIN}]*)*)"
# scripts whose words are set in one face
ALPHABET = "A-Za-zªµºÀ-ÖØ-öø-ʯͰ-ԯḀ-\u1fff"
WORD = rf"[{ALPHABET}][{ALPHABET}{MARKS}]*"
PARTS = re.compile(rf"(?P<word>{WORD})|(?P<one>{CLUSTER})", re.DOTALL)
INVISIBLE = re.compile(rf"[{JOINER}{SELECTORS}{TAGS}]")
DECORATION = re.compile(rf"[{SELECTORS}{SKIN}{TAGS}{KEYCAP}]")
# drawn alike, where one face or another has only the second
ALIKE = {"⦅": "｟", "⦆": "｠"}
REGION_A = 0x1F1E6


@cache
def face(name: str) -> Font:
    """Load the face ``assets/fonts/{name}.ttf``, one unit a font unit; ``+heavy`` makes it bolder."""
    file, heavy, _ = name.partition(HEAVY)
    font = hb.Font(hb.Face(hb.Blob.from_file_path(str(FONT_DIR / f"{file}.ttf"))))
    if heavy:
        font.synthetic_bold = (HEAVY_BY, HEAVY_BY, True)
    return font


def files() -> list[str]:
    """The names of all face files that a chain uses, without their ending."""
    return sorted({name.partition(HEAVY)[0] for name in chain.from_iterable(CHAINS.values())})


@lru_cache(maxsize=32768)
def has(name: str, character: str) -> bool:
    """Whether a face has a character of its own."""
    return bool(face(name).get_nominal_glyph(ord(character)))


def clean(text: str) -> str:
    """Composed text without control characters; any white space becomes one plain space.

    Joiners, selectors and tags stay: they choose the form of the character before them.
    """
    characters: list[str] = []
    for character in composed(text):
        if character.isspace():
            characters.append("　" if character == "　" else " ")
        elif unicodedata.category(character) not in ("Cc", "Cf", "Cs") or INVISIBLE.match(character):
            characters.append(character)
    return "".join(characters)


def clusters(text: str) -> list[str]:
    """Text cut into what is seen as one character each."""
    return re.findall(CLUSTER, text, re.DOTALL)


def covers(text: str, font: FontName) -> bool:
    """Whether the first face of a style has all of ``text``."""
    return all(has(CHAINS[font][0], character) for character in text)


@lru_cache(maxsize=16384)
def pieces(text: str, font: FontName) -> tuple[RubyPiece, ...]:
    """The (face, characters) that show ``text``, in order; 〓 of the face ``DRAWN`` where no face has a character.

    A word of an alphabet takes one face where one has all of it.
    """
    found: list[RubyPiece] = []
    for match in PARTS.finditer(clean(text)):
        whole = match["word"] and next((n for n in _chain(match[0], font) if all(has(n, c) for c in match[0])), None)
        if whole:
            found.append((whole, match[0]))
        else:
            found += [piece for cluster in clusters(match[0]) for piece in resolve(cluster, font)]
    return tuple(found)


def missing(text: str) -> list[str]:
    """The characters of ``text`` that no face has, once each, in order."""
    parts = (cluster for cluster in clusters(clean(text)))
    return list(dict.fromkeys(c for c in parts if any(name == DRAWN for name, _ in resolve(c, "dialogue"))))


def _chain(text: str, font: FontName) -> tuple[str, ...]:
    """The faces to try: a letter of an alphabet is taken from an alphabetic face before a Japanese one."""
    names = CHAINS[font]
    if not re.match(rf"[{ALPHABET}{MARKS}]", text):
        return names
    return (names[0], *(n for n in names[1:] if n in ALPHABETIC), *(n for n in names[1:] if n not in ALPHABETIC))


@lru_cache(maxsize=32768)
def resolve(cluster: str, font: FontName) -> tuple[RubyPiece, ...]:
    """The pieces that show one cluster; none for a joiner or selector that stands alone."""
    if len(cluster) == 1:
        return _single(cluster, font)
    if _is_emoji(cluster):
        return ((EMOJI, cluster),) if _is_one_glyph(EMOJI, cluster) else _degraded(cluster, font)
    base = re.sub(f"[{SELECTORS}]", "", cluster)
    if not base:
        return ()
    if base != cluster and (name := _with_form(cluster, font)):
        return ((name, cluster),)
    if len(base) == 1:
        return _single(base, font)
    whole = next((n for n in _chain(base, font) if all(has(n, c) for c in base)), None)
    return ((whole, base),) if whole else tuple(piece for c in base for piece in _single(c, font))


def _single(character: str, font: FontName) -> tuple[RubyPiece, ...]:
    """By fallback over faces, then as what is drawn alike, then by NFKC, then as 〓."""
    if INVISIBLE.match(character):
        return ()
    plain = (character, ALIKE.get(character, ""), unicodedata.normalize("NFKC", character))
    for candidate in filter(None, plain):
        names = [next((n for n in _chain(c, font) if has(n, c)), None) for c in candidate]
        if all(names):
            return tuple((name, c) for name, c in zip(names, candidate, strict=True) if name)
    return ((DRAWN, GETA),)


def _with_form(cluster: str, font: FontName) -> str | None:
    """The first face with a form of its own for a variation sequence, other than its plain letter."""
    if len(cluster) != 2 or cluster[1] in (TEXT_STYLE, EMOJI_STYLE):
        return None
    base, selector = map(ord, cluster)
    for name in CHAINS[font]:
        form = face(name).get_variation_glyph(base, selector)
        if form and form != face(name).get_nominal_glyph(base):
            return name
    return None


def _is_emoji(cluster: str) -> bool:
    joined = JOINER in cluster or cluster[-1] in KEYCAP + EMOJI_STYLE
    return joined or re.search(f"[{SKIN}{REGIONS}{TAGS}]", cluster) is not None


@lru_cache(maxsize=4096)
def _is_one_glyph(name: str, cluster: str) -> bool:
    """Whether a face draws a whole sequence as one picture."""
    buffer = hb.Buffer()
    buffer.add_str(cluster)
    buffer.guess_segment_properties()
    hb.shape(face(name), buffer)
    inked = [i.codepoint for i in buffer.glyph_infos if i.codepoint == 0 or _inked(name, i.codepoint)]
    return len(inked) == 1 and inked[0] != 0


def _inked(name: str, gid: int) -> bool:
    box = face(name).get_glyph_extents(gid)
    return box is not None and bool(box.width)


def _degraded(cluster: str, font: FontName) -> tuple[RubyPiece, ...]:
    """The parts of a sequence that no face draws as one: each picture of a group, the letters of a flag."""
    letters = (chr(ord("A") + ord(c) - REGION_A) if re.match(f"[{REGIONS}]", c) else c for c in cluster)
    plain = DECORATION.sub("", "".join(letters).replace(JOINER, ""))
    return tuple(piece for c in plain for piece in _single(c, font))
