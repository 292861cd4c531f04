"""The rhythm of a scene: changing shots, looks over a shoulder, silent reactions, fewer captions."""

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from engines.comic.document import Expression, Figure, Shot
from engines.writer.cast import Cast
from engines.writer.staged_scenes import EFFECT_OF_FACE, STRONG, PanelDraft

OVER_SHOULDER_EVERY = 3
REACTION_EVERY = 5
NARRATED_SHARE = 0.39
SHORT = 24
WORDY = {"ja": 30, "en": 70}
QUIET = (
    ("bust", "profile"),
    ("full", "three_quarter"),
    ("close_up", "three_quarter"),
    ("long", "auto"),
    ("full", "back"),
)
OTHER_SHOT: dict[str, Shot] = {"bust": "medium", "close_up": "bust", "medium": "full", "full": "bust", "long": "bust"}
LOOKS = ("three_quarter", "profile", "front", "three_quarter")
CYCLE: tuple[Shot, ...] = ("bust", "medium", "bust", "close_up")
ANSWERS: dict[str, Expression] = {"angry": "fear", "fear": "fear", "cry": "sad", "joy": "smile", "surprise": "surprise"}


def vary(panels: Sequence[PanelDraft], cast_: Cast) -> list[PanelDraft]:
    """Change the framing of talk: never the same bust three times, sometimes over the shoulder of who listens."""
    humans = {c.id for c in cast_.characters if c.look.species == "human"}
    exchanges, alone = 0, 0
    for before, panel in pairwise([None, *panels]):
        if panel is None or not panel.speaks or panel.shot == "close_up" or len(panel.figures) != 1:
            continue
        listener = _listener(before, panel)
        if listener in humans and panel.figures[0].character in humans and listener is not None:
            exchanges += 1
            if exchanges % OVER_SHOULDER_EVERY == 0 and len(panel.lines) == 1:
                look_over_shoulder(panel, listener)
                continue
        shot = CYCLE[alone % len(CYCLE)]
        panel.shot = "bust" if shot == "close_up" and (len(panel.lines) > 1 or panel.length > SHORT) else shot
        alone += 1
    return list(panels)


def make_room(panels: Sequence[PanelDraft], language: str) -> list[PanelDraft]:
    """See who says much from farther away: beside a large head there is room for small type only."""
    for panel in panels:
        if panel.speaks and panel.shot in ("bust", "close_up") and panel.length > WORDY[language]:
            panel.shot = "medium"
    return list(panels)


def _listener(before: PanelDraft | None, panel: PanelDraft) -> str | None:
    """Who was seen speaking just before somebody else answers."""
    if before is None or not before.speaks or not before.figures:
        return None
    others = [f.character for f in before.figures if f.character != panel.figures[0].character]
    return others[-1] if others else None


def look_over_shoulder(panel: PanelDraft, listener: str) -> None:
    """Show the first person of a panel over the shoulder of who listens."""
    speaker = panel.figures[0]
    ahead = 1 if speaker.place <= 0.5 else -1
    panel.shot = "over_shoulder"
    panel.rule += "+over_shoulder"
    panel.figures = [
        speaker.model_copy(update={"place": 0.5 - 0.16 * ahead, "facing": "right" if ahead > 0 else "left"}),
        Figure(character=listener, place=0.5 + 0.3 * ahead, facing="left" if ahead > 0 else "right", view="back"),
    ]


def react(panels: Sequence[PanelDraft]) -> list[PanelDraft]:
    """A silent face of the one who hears a strong line, not too often."""
    found: list[PanelDraft] = []
    since = REACTION_EVERY - 2
    listener: str | None = None
    for n, panel in enumerate(panels):
        found.append(panel)
        since += 1
        speakers = [utterance.speaker for utterance, _ in panel.lines if utterance.kind != "narration"]
        after = panels[n + 1] if n + 1 < len(panels) else None
        strong = panel.speaks and (panel.emotion in STRONG or panel.hook)
        free = after is not None and (after.speaks or after.is_narration)
        if strong and free and since >= REACTION_EVERY and listener is not None and listener not in speakers:
            found.append(_reaction(panel, listener))
            since = 0
        seen = [f.character for f in panel.figures]
        listener = next((who for who in seen), listener) if seen else listener
    return found


def _reaction(panel: PanelDraft, listener: str) -> PanelDraft:
    face = ANSWERS.get(panel.emotion, "surprise" if panel.hook else "neutral")
    reaction = PanelDraft(panel.scene, "reaction", "close_up", emotion=face, size="small")
    reaction.figures = [Figure(character=listener, expression=face, view="three_quarter", facing="left")]
    reaction.effects = [EFFECT_OF_FACE[face]] if face in {"fear", "surprise"} else []
    reaction.sources = list(panel.sources[-1:])
    return reaction


def thin(panels: Sequence[PanelDraft]) -> list[PanelDraft]:
    """No story of captions only: two captions go into one panel, and the second picture acts in silence."""
    retained = list(panels)
    while sum(p.is_narration for p in retained) > max(2, NARRATED_SHARE * len(retained)):
        pair = next((n for n in range(len(retained) - 1) if _may_join(retained[n], retained[n + 1])), None)
        if pair is not None:
            _join(retained[pair], retained[pair + 1])
            if not _acts(retained[pair + 1]) and not retained[pair].figures:
                del retained[pair + 1]
            continue
        weak = [n for n, p in enumerate(retained) if p.is_narration and not p.rule.startswith("establishing")]
        if not weak:
            break
        worst = min(
            weak,
            key=lambda n: ("joined" in retained[n].rule, _acts(retained[n]), retained[n].heat, -retained[n].length, n),
        )
        if _acts(retained[worst]):
            _silence(retained[worst])
        else:
            del retained[worst]
    return _turned(_loosened(_without_echoes(retained)))


def _without_echoes(panels: Sequence[PanelDraft]) -> list[PanelDraft]:
    """Of two silent pictures of the same single person in a row the second goes, but it is still a source."""
    retained: list[PanelDraft] = []
    for panel in panels:
        if retained and _is_echo(retained[-1], panel):
            retained[-1].sources = [*retained[-1].sources, *panel.sources]
        else:
            retained.append(panel)
    return retained


def _is_echo(a: PanelDraft, b: PanelDraft) -> bool:
    silent = not (a.lines or b.lines or a.sounds or b.sounds) and a.scene is b.scene
    same = len(a.figures) == len(b.figures) == 1 and a.figures[0].character == b.figures[0].character
    return silent and same and a.figures[0].pose == b.figures[0].pose


def _loosened(panels: list[PanelDraft]) -> list[PanelDraft]:
    """Never three busts in a row."""
    for a, b, c in zip(panels, panels[1:], panels[2:], strict=False):
        if a.shot == b.shot == c.shot == "bust":
            b.shot = "medium"
    return panels


def _turned(panels: list[PanelDraft]) -> list[PanelDraft]:
    """The same single person twice in a row is seen from elsewhere the second time, and turned the other way."""
    for number, (a, b) in enumerate(pairwise(panels)):
        alone = len(a.figures) == len(b.figures) == 1 and a.figures[0].character == b.figures[0].character
        if not alone or a.scene is not b.scene:
            continue
        figure = b.figures[0]
        if a.shot == b.shot:
            whole = figure.pose not in ("stand", "eat", "point")
            b.shot = ("long" if b.shot == "full" else "full") if whole else OTHER_SHOT.get(b.shot, b.shot)
        if figure.view == "auto" and figure.pose in ("stand", "sit"):
            was = a.figures[0].facing
            b.figures = [figure.model_copy(update={
                "view": LOOKS[number % len(LOOKS)], "facing": "right" if was == "left" else "left"})]  # fmt: skip
    return panels


def _may_join(a: PanelDraft, b: PanelDraft) -> bool:
    """Two neighbours with one caption each in the same scene."""
    one = len(a.lines) == len(b.lines) == 1
    return a.is_narration and b.is_narration and one and a.scene is b.scene and not b.rule.startswith("establishing")


def _join(a: PanelDraft, b: PanelDraft) -> None:
    a.lines = [*a.lines, *b.lines]
    a.sources = [*a.sources, *b.sources]
    a.rule += "+joined"
    _silence(b)


def _acts(panel: PanelDraft) -> bool:
    return bool(panel.figures or panel.props)


def _silence(panel: PanelDraft) -> None:
    """Keep the picture of a caption without its words; a person who only stands is seen in some other way."""
    panel.lines = []
    panel.rule = panel.rule.replace("told", "silent")
    if len(panel.figures) == 1 and panel.figures[0].pose == "stand":
        shot, view = (
            ("close_up", "three_quarter") if panel.emotion in STRONG else QUIET[panel.sources[0].start % len(QUIET)]
        )
        panel.shot = cast(Shot, shot)
        panel.figures = [panel.figures[0].model_copy(update={"view": view})]
        panel.size = "medium" if shot == "full" else "small"
