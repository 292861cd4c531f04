"""Panels of an answer, put right and staged.

order by passage -> every quote once, in order -> balloons that fit -> persons in their places -> panel drafts
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engines.comic.document import Character, Figure, Prop, Shot
from engines.writer.chunks import chunks
from engines.writer.rhythm import look_over_shoulder
from engines.writer.scenes import Scene
from engines.writer.selection import shorten
from engines.writer.speech import Utterance
from engines.writer.staged_scenes import PanelDraft, span_of
from engines.writer.staging import MOST_LINES, PANEL_LENGTH

MOST_FIGURES = 3
MOST_SOUND = 12
Direction = Literal["rtl", "ltr"]


@dataclass(frozen=True)
class Stage:
    """What is the same for all panels. ``utterances`` are the passages of the question, as the rules read them."""

    scenes: Sequence[Scene]
    utterances: Sequence[Utterance]
    cast: Sequence[Character]
    language: str
    direction: Direction

    def scene_at(self, number: int) -> Scene:
        """The scene of a passage."""
        own = self.utterances[number]
        return next(scene for scene in self.scenes if any(each is own for each in scene.utterances))

    def is_human(self, who: str) -> bool:
        """Whether a person is no animal."""
        return next(c.look.species for c in self.cast if c.id == who) == "human"


def staged(panels: Sequence[Any], stage: Stage) -> list[PanelDraft]:
    """The panels of an answer in the order of the story; nothing that is said is lost or said twice."""
    ordered = sorted(panels, key=lambda panel: min(panel.passages))
    lettered = _lettered(ordered, stage)
    found: list[PanelDraft] = []
    for panel, utterances in zip(ordered, lettered, strict=True):
        found += _drafts(panel, utterances, stage)
    return _inhabited(found, stage)


def _inhabited(panels: list[PanelDraft], stage: Stage) -> list[PanelDraft]:
    """A panel of nobody in no place would be white: who was seen last stands in it, else the first of the cast."""
    seen = stage.cast[0].id
    for panel in panels:
        if panel.scene.place == "abstract" and not (panel.figures or panel.props):
            panel.figures, panel.shot = _figures([(seen, "neutral", "stand")], [], stage), "bust"
        seen = panel.figures[0].character if panel.figures else seen
    return panels


def _lettered(panels: Sequence[Any], stage: Stage) -> list[list[Utterance]]:
    """The lines of each panel. A later passage never comes before an earlier one; a lost quote joins its neighbour."""
    requested: dict[int, tuple[int, Any]] = {}
    for index, panel in enumerate(panels):
        for line in panel.lines:
            requested.setdefault(line.passage - 1, (index, line))
    lines: list[list[Utterance]] = [[] for _ in panels]
    reached = 0
    for number, read in enumerate(stage.utterances):
        index, line = requested.get(number, (None, None))
        narrated = read.passage.kind == "narration"
        if narrated and (index is None or read.tag):
            # nobody needs to read who said it: the tail of the balloon tells
            continue
        own = next((n for n, panel in enumerate(panels) if number + 1 in panel.passages), reached)
        reached = max(reached, own if index is None else index)
        lines[reached].append(_utterance(read, line))
    return lines


def _utterance(read: Utterance, line: Any) -> Utterance:
    """Who says a passage and how: as the model tells, within what the marks of the story allow."""
    if line is None:
        return read
    if read.passage.kind == "narration":
        return Utterance(read.passage, None, "narration", line.expression, "model")
    speaker = None if line.speaker == "none" else line.speaker
    kind = read.kind if line.kind == "narration" else line.kind
    return Utterance(read.passage, speaker, kind, line.expression, "model")


def _drafts(panel: Any, utterances: Sequence[Utterance], stage: Stage) -> list[PanelDraft]:
    """A panel, and further ones where its words are too many for it."""
    numbers = sorted({each - 1 for each in panel.passages})
    first = PanelDraft(stage.scene_at(numbers[0]), "", panel.shot)
    first.sources = [span_of(stage.utterances[number]) for number in numbers]
    first.sources += [span for each in utterances if (span := span_of(each)) not in first.sources]
    first.emotion, first.size = panel.emotion, panel.size
    first.effects = list(dict.fromkeys([*panel.effects, *_weather(panel, first.scene)]))
    shares = _shares([(each, piece) for each in utterances for piece in _pieces(each, stage.language)], stage.language)
    first.lines = shares[0]
    requested = [(each.character, each.expression, each.pose) for each in panel.figures]
    first.figures = _figures(requested, first.lines, stage)
    first.props = _props(panel, first.figures, stage)
    first.sounds = [
        (sound.strip()[:MOST_SOUND], stage.utterances[numbers[0]]) for sound in panel.sounds if sound.strip()
    ]
    first.rule = _rule(first)
    _frame(first, stage)
    return [first, *(_more(first, share, stage) for share in shares[1:])]


def _weather(panel: Any, scene: Scene) -> list[Any]:
    return scene.weather if panel.shot == "long" else []


def _pieces(utterance: Utterance, language: str) -> list[str]:
    """Words for balloons; narration is shortened to its main clauses."""
    text = utterance.passage.spoken
    return chunks(shorten(text, language) if utterance.kind == "narration" else text, language)


def _shares(pieces: Sequence[tuple[Utterance, str]], language: str) -> list[list[tuple[Utterance, str]]]:
    """Pieces dealt to panels that have room for them."""
    shares: list[list[tuple[Utterance, str]]] = [[]]
    for piece in pieces:
        length = sum(len(text) for _, text in shares[-1])
        full = len(shares[-1]) >= MOST_LINES or length + len(piece[1]) > PANEL_LENGTH[language]
        if shares[-1] and full:
            shares.append([])
        shares[-1].append(piece)
    return shares


def _more(first: PanelDraft, lines: list[tuple[Utterance, str]], stage: Stage) -> PanelDraft:
    """A further panel for words that found no room: who speaks, nearer."""
    more = PanelDraft(first.scene, "speech:model+more", "bust", lines=lines, emotion=lines[-1][0].expression)
    more.figures = _figures([], lines, stage) or list(first.figures[:1])
    more.shot = "bust" if len(more.figures) == 1 else "medium"
    more.sources = list({(s.start, s.end): s for s in (span_of(utterance) for utterance, _ in lines)}.values())
    return more


def _figures(
    requested: Sequence[tuple[Any, Any, Any]], lines: Sequence[tuple[Utterance, str]], stage: Stage
) -> list[Figure]:
    """The persons across the stage, each once, those who speak among them, turned to each other."""
    people = {who: (face, pose) for who, face, pose in reversed(requested)}
    order = list(dict.fromkeys(who for who, _, _ in requested))
    speaking = [
        (utterance.speaker, utterance.expression)
        for utterance, _ in lines
        if utterance.speaker and utterance.kind != "radio"
    ]
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


def _frame(draft: PanelDraft, stage: Stage) -> None:
    """Shot and size as the model wishes, where persons and words have room in them."""
    if draft.size == "small" and len(draft.lines) > 1:
        draft.size = "medium"
    if draft.shot == "over_shoulder" and _two_face(draft, stage):
        look_over_shoulder(draft, draft.figures[1].character)
    else:
        draft.shot = _shot(draft)


def _two_face(draft: PanelDraft, stage: Stage) -> bool:
    """Whether two people are there of whom only the first speaks: the other turns the back to us."""
    who = [figure.character for figure in draft.figures]
    voices = {utterance.speaker for utterance, _ in draft.lines if utterance.speaker and utterance.kind != "radio"}
    return len(who) == 2 and voices <= {who[0]} and all(stage.is_human(each) for each in who)


def _shot(draft: PanelDraft) -> Shot:
    if not draft.figures:
        return "close_up" if draft.props else "long"
    if draft.shot == "over_shoulder" or (draft.shot in {"bust", "close_up"} and len(draft.figures) > 1):
        return "medium"
    if draft.shot == "long" and draft.speaks:
        return "full"
    return "bust" if draft.shot == "close_up" and len(draft.lines) > 1 else draft.shot


def _rule(draft: PanelDraft) -> str:
    if not draft.lines:
        return "sound" if draft.sounds else "acted:model" if draft.figures else "view:model"
    return "speech:model" if draft.speaks else "told:model"
