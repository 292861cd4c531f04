"""Blocking: who is on the stage, where each stands, in which pose and with which face."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, cast

from engines.comic.document import Expression, Figure, Pose
from engines.writer.cast import Cast
from engines.writer.lexicon import pose_of
from engines.writer.speech import Utterance

PAIR = re.compile(r"二人|ふたり|\b[Tt]hey\b")
SHE = re.compile(r"彼女|\b[Ss]he\b")
HE = re.compile(r"彼(?!女)|\b[Hh]e\b")
MOST_FIGURES = 3
OTHER_SUBJECT = re.compile(r"[一-龠ァ-ヴー][がは]")
DIED = re.compile(r"死んでい|死にました|死んだ。|息を引き取|息が絶え|\b(?:died|was dead|lay dead)\b")
STRANGER = re.compile(
    r"(?:だれか|誰か|[一-龠ァ-ヴー]{1,4}(?<![目眼手足顔声涙頬頭胸心口体耳唇腕首髪息]))が"
    r"|\b(?:[Nn]obody|[Ss]omebody|[Ss]omeone|[Aa]n? \w+) (?:was|were|had|knocked|came|began|stood|\w{3,}ed)\b"
)
DOWN = re.compile(r"倒れ|たおれ|collaps|fell down|dead")
TOGETHER = frozenset({"hug", "fight", "walk", "sit", "run"})
ONE_WAY = frozenset({"walk", "run"})
RISES = frozenset({"climb", "walk", "run", "sit", "kneel", "arms_up", "fight", "bow"})


class Blocking:
    """Remembers who was seen last in a scene, who lies on the ground, and who will not rise again."""

    def __init__(self, cast_: Cast, direction: str) -> None:
        self._cast = cast_
        self._humans = {c.id for c in cast_.characters if c.look.species == "human"}
        self._first = 0.72 if direction == "rtl" else 0.28
        self.last_seen: list[str] = []
        self._empty = False
        self._down: set[str] = set()
        self._dead: set[str] = set()

    def begin(self) -> None:
        """A new scene: the stage is empty."""
        self.last_seen = []
        self._down = set()

    def is_human(self, who: str) -> bool:
        """Whether a person is no animal."""
        return who in self._humans

    def acts(self, utterance: Utterance) -> bool:
        """Whether a sentence has a pose or a feeling that can be played."""
        return pose_of(utterance.passage.bare) is not None or utterance.expression != "neutral"

    def persons(self, utterance: Utterance) -> list[str]:
        """Who a sentence is about: by name, by pronoun, or the one seen last when somebody acts."""
        text = utterance.passage.bare
        if DIED.search(text) and len(self._down) == 1:
            self._dead |= self._down
        named = [w for w in self._cast.mentioned(text) if w not in self._dead or self._cast.is_subject(w, text)]
        named = named[:MOST_FIGURES]
        if PAIR.search(text):
            pair = [*named, *(w for w in self._present() if w not in named)]
            return sorted(pair, key=lambda w: w not in self._humans)[:2]
        if len(named) == 1 and pose_of(text) in {"hug", "fight"}:
            return [*named, *(w for w in self.last_seen if w not in named)][:2]
        if named:
            return named
        for pattern, gender in ((SHE, "female"), (HE, "male")):
            if pattern.search(text):
                return [w for w in self._present() if self._cast.genders[w] == gender][:1]
        if STRANGER.search(text):
            return []
        self._empty = not self._empty
        return self.last_seen[:1] if self.acts(utterance) or self._empty else []

    def _present(self) -> list[str]:
        """The persons at hand: those seen in this scene first, then by importance."""
        return [*self.last_seen, *(c.id for c in self._cast.characters if c.id not in self.last_seen)]

    def figures(self, who: Sequence[str], action: str, faces: Mapping[str, Expression] | None = None) -> list[Figure]:
        """The persons of a panel across the stage: the first who speaks on the side where reading begins."""
        chosen = list(who)[:MOST_FIGURES]
        if chosen:
            self.last_seen = [*chosen, *(w for w in self.last_seen if w not in chosen)][:4]
        pose = cast(Pose, pose_of(action, "stand"))
        if pose in {"hug", "fight"} and len(chosen) < 2:
            pose = "stand"
        step = (0.5 - self._first) * 2 / max(len(chosen) - 1, 1)
        figures: list[Figure] = []
        for n, each in enumerate(chosen):
            place = self._first + n * step if len(chosen) > 1 else 0.5 + (0.5 - self._first) * 0.25
            own = self._pose(each, n, pose, action)
            figures.append(
                Figure(character=each, expression=(faces or {}).get(each, "neutral"), pose=own,
                       facing=self._facing(place, own, len(chosen)), place=round(place, 2))
            )  # fmt: skip
        return figures

    def _facing(self, place: float, pose: str, count: int) -> Literal["left", "front", "right"]:
        """Towards each other; those who go somewhere together all look the way that the page is read."""
        if count > 1 and pose in ONE_WAY:
            return "left" if self._first > 0.5 else "right"
        return "left" if place > 0.55 else "right" if place < 0.45 else "front"

    def faces(self, who: Sequence[str], utterance: Utterance) -> dict[str, Expression]:
        """The feeling of a sentence belongs to the first person in it, or to both of a pair."""
        all_feel = PAIR.search(utterance.passage.bare) is not None
        return {each: utterance.expression if n == 0 or all_feel else "neutral" for n, each in enumerate(who)}

    def _pose(self, who: str, number: int, pose: Pose, action: str) -> Pose:
        """The pose of one of several: the first acts, two embrace or fight; who lies stays down in the scene."""
        together = pose in TOGETHER or PAIR.search(action)
        own = pose if number == 0 or together else "stand"
        if who == self._lying_in(action):
            own = "lie"
        elif pose in {"fall", "lie"}:
            own = pose if self._is_it(who, number, action) else "stand"
        if own == "lie" or (own == "fall" and DOWN.search(action)):
            self._down.add(who)
        elif own in RISES:
            self._down.discard(who)
        return "lie" if who in self._dead or (own == "stand" and who in self._down) else own

    def _is_it(self, who: str, number: int, action: str) -> bool:
        """Whether it is this person who falls or lies: the subject, else the first."""
        if number == 0 and self._cast.is_subject(who, action):
            return True
        return number == 0 and not OTHER_SUBJECT.search(action) and who not in self._cast.mentioned(action)

    def _lying_in(self, action: str) -> str | None:
        """Who is told to lie by the words before a name: 仰向に寝た女, the sleeping giant."""
        for match in re.finditer(r"(?:寝た|寝ている|倒れた|眠った|sleeping |fallen )(\S{1,16})", action):
            found = self._cast.mentioned(match[1])
            if found:
                return found[0]
        return None
