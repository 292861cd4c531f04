"""Panels of an answer, put right and staged.

order by passage -> every quote once, in order -> balloons that fit -> persons in their places -> Shown panels
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engines.comic.document import Character, Figure, Prop, Shot
from engines.writer.chunks import chunks
from engines.writer.rhythm import look_over_shoulder
from engines.writer.scenes import Scene
from engines.writer.selection import shorten
from engines.writer.speech import Said
from engines.writer.staged_scenes import Shown, span_of
from engines.writer.staging import MOST_LINES, PANEL_LENGTH

MOST_FIGURES = 3
MOST_SOUND = 12
Direction = Literal["rtl", "ltr"]


@dataclass(frozen=True)
class Stage:
    """What is the same for all panels. ``said`` are the passages of the question, as the rules read them."""

    scenes: Sequence[Scene]
    said: Sequence[Said]
    cast: Sequence[Character]
    language: str
    direction: Direction

    def scene_at(self, number: int) -> Scene:
        """The scene of a passage."""
        own = self.said[number]
        return next(scene for scene in self.scenes if any(each is own for each in scene.said))

    def is_human(self, who: str) -> bool:
        """Whether a person is no animal."""
        return next(c.look.species for c in self.cast if c.id == who) == "human"


def staged(panels: Sequence[Any], stage: Stage) -> list[Shown]:
    """The panels of an answer in the order of the story; nothing that is said is lost or said twice."""
    ordered = sorted(panels, key=lambda panel: min(panel.passages))
    lettered = _lettered(ordered, stage)
    found: list[Shown] = []
    for panel, said in zip(ordered, lettered, strict=True):
        found += _shown(panel, said, stage)
    return _inhabited(found, stage)


def _inhabited(panels: list[Shown], stage: Stage) -> list[Shown]:
    """A panel of nobody in no place would be white: who was seen last stands in it, else the first of the cast."""
    seen = stage.cast[0].id
    for panel in panels:
        if panel.scene.place == "abstract" and not (panel.figures or panel.props):
            panel.figures, panel.shot = _figures([(seen, "neutral", "stand")], [], stage), "bust"
        seen = panel.figures[0].character if panel.figures else seen
    return panels


def _lettered(panels: Sequence[Any], stage: Stage) -> list[list[Said]]:
    """The lines of each panel. A later passage never comes before an earlier one; a lost quote joins its neighbour."""
    wished: dict[int, tuple[int, Any]] = {}
    for index, panel in enumerate(panels):
        for line in panel.lines:
            wished.setdefault(line.passage - 1, (index, line))
    lines: list[list[Said]] = [[] for _ in panels]
    reached = 0
    for number, read in enumerate(stage.said):
        index, line = wished.get(number, (None, None))
        told = read.passage.kind == "narration"
        if told and (index is None or read.tag):
            # nobody needs to read who said it: the tail of the balloon tells
            continue
        own = next((n for n, panel in enumerate(panels) if number + 1 in panel.passages), reached)
        reached = max(reached, own if index is None else index)
        lines[reached].append(_said(read, line))
    return lines


def _said(read: Said, line: Any) -> Said:
    """Who says a passage and how: as the model tells, within what the marks of the story allow."""
    if line is None:
        return read
    if read.passage.kind == "narration":
        return Said(read.passage, None, "narration", line.expression, "model")
    speaker = None if line.speaker == "none" else line.speaker
    kind = read.kind if line.kind == "narration" else line.kind
    return Said(read.passage, speaker, kind, line.expression, "model")


def _shown(panel: Any, said: Sequence[Said], stage: Stage) -> list[Shown]:
    """A panel, and further ones where its words are too many for it."""
    numbers = sorted({each - 1 for each in panel.passages})
    first = Shown(stage.scene_at(numbers[0]), "", panel.shot)
    first.sources = [span_of(stage.said[number]) for number in numbers]
    first.sources += [span for each in said if (span := span_of(each)) not in first.sources]
    first.emotion, first.size = panel.emotion, panel.size
    first.effects = list(dict.fromkeys([*panel.effects, *_weather(panel, first.scene)]))
    shares = _shares([(each, piece) for each in said for piece in _pieces(each, stage.language)], stage.language)
    first.lines = shares[0]
    wished = [(each.character, each.expression, each.pose) for each in panel.figures]
    first.figures = _figures(wished, first.lines, stage)
    first.props = _props(panel, first.figures, stage)
    first.sounds = [(sound.strip()[:MOST_SOUND], stage.said[numbers[0]]) for sound in panel.sounds if sound.strip()]
    first.rule = _rule(first)
    _frame(first, stage)
    return [first, *(_more(first, share, stage) for share in shares[1:])]


def _weather(panel: Any, scene: Scene) -> list[Any]:
    return scene.weather if panel.shot == "long" else []


def _pieces(said: Said, language: str) -> list[str]:
    """Words for balloons; narration is shortened to its main clauses."""
    told = said.passage.spoken
    return chunks(shorten(told, language) if said.kind == "narration" else told, language)


def _shares(pieces: Sequence[tuple[Said, str]], language: str) -> list[list[tuple[Said, str]]]:
    """Pieces dealt to panels that have room for them."""
    shares: list[list[tuple[Said, str]]] = [[]]
    for piece in pieces:
        length = sum(len(text) for _, text in shares[-1])
        full = len(shares[-1]) >= MOST_LINES or length + len(piece[1]) > PANEL_LENGTH[language]
        if shares[-1] and full:
            shares.append([])
        shares[-1].append(piece)
    return shares


def _more(first: Shown, lines: list[tuple[Said, str]], stage: Stage) -> Shown:
    """A further panel for words that found no room: who speaks, nearer."""
    more = Shown(first.scene, "speech:model+more", "bust", lines=lines, emotion=lines[-1][0].expression)
    more.figures = _figures([], lines, stage) or list(first.figures[:1])
    more.shot = "bust" if len(more.figures) == 1 else "medium"
    more.sources = list({(s.start, s.end): s for s in (span_of(said) for said, _ in lines)}.values())
    return more


def _figures(wished: Sequence[tuple[Any, Any, Any]], lines: Sequence[tuple[Said, str]], stage: Stage) -> list[Figure]:
    """The persons across the stage, each once, those who speak among them, turned to each other."""
    people = {who: (face, pose) for who, face, pose in reversed(wished)}
    order = list(dict.fromkeys(who for who, _, _ in wished))
    speaking = [(said.speaker, said.expression) for said, _ in lines if said.speaker and said.kind != "radio"]
    for who, face in speaking:
        people.setdefault(who, (face, "stand"))
    voices = [who for who, _ in speaking]
    # who speaks first stands where reading begins
    order = list(dict.fromkeys([*voices, *order]))[:MOST_FIGURES]
    start = 0.72 if stage.direction == "rtl" else 0.28
    step = (0.5 - start) * 2 / max(len(order) - 1, 1)
    found: list[Figure] = []
    for n, who in enumerate(order):
        face, pose = people[who]
        place = start + n * step if len(order) > 1 else 0.5 + (0.5 - start) * 0.25
        pose = "stand" if pose in {"hug", "fight"} and len(order) < 2 else pose
        facing = "left" if place > 0.55 else "right" if place < 0.45 else "front"
        found.append(Figure(character=who, expression=face, pose=pose, facing=facing, place=round(place, 2)))
    return found


def _props(panel: Any, figures: Sequence[Figure], stage: Stage) -> list[Prop]:
    """A thing in the hand of the first person, or by itself."""
    if panel.thing == "none":
        return []
    holder = next((figure.character for figure in figures if stage.is_human(figure.character)), None)
    return [Prop(kind=panel.thing, holder=holder, place=0.5)] if holder or not figures else []


def _frame(shown: Shown, stage: Stage) -> None:
    """Shot and size as the model wishes, where persons and words have room in them."""
    if shown.size == "small" and len(shown.lines) > 1:
        shown.size = "medium"
    if shown.shot == "over_shoulder" and _two_face(shown, stage):
        look_over_shoulder(shown, shown.figures[1].character)
    else:
        shown.shot = _shot(shown)


def _two_face(shown: Shown, stage: Stage) -> bool:
    """Whether two people are there of whom only the first speaks: the other turns the back to us."""
    who = [figure.character for figure in shown.figures]
    voices = {said.speaker for said, _ in shown.lines if said.speaker and said.kind != "radio"}
    return len(who) == 2 and voices <= {who[0]} and all(stage.is_human(each) for each in who)


def _shot(shown: Shown) -> Shot:
    if not shown.figures:
        return "close_up" if shown.props else "long"
    if shown.shot == "over_shoulder" or (shown.shot in {"bust", "close_up"} and len(shown.figures) > 1):
        return "medium"
    if shown.shot == "long" and shown.speaks:
        return "full"
    return "bust" if shown.shot == "close_up" and len(shown.lines) > 1 else shown.shot


def _rule(shown: Shown) -> str:
    if not shown.lines:
        return "sound" if shown.sounds else "acted:model" if shown.figures else "view:model"
    return "speech:model" if shown.speaks else "told:model"
