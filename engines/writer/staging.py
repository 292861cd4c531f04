"""From passages to panels: what is shown, who stands where, what is said in which frame.

scene -> establishing shot, then groups of passages -> Draft panels (no geometry yet)
"""

import re
from collections.abc import Sequence
from typing import cast

from engines.comic.document import Effect, Expression, Prop, PropKind, Shot
from engines.writer.blocking import MOST_FIGURES, PAIR, Blocking
from engines.writer.cast import Cast
from engines.writer.chunks import chunks
from engines.writer.lexicon import PROPS, best, pose_of
from engines.writer.rhythm import make_room, react, vary
from engines.writer.scenes import Scene
from engines.writer.selection import select, shorten
from engines.writer.speech import Utterance
from engines.writer.staged_scenes import EFFECT_OF_FACE, STRONG, PanelDraft, span_of

SOUND_JA = re.compile(r"^[ァ-ヴーッっぁ-ん、。！!…・\s]{2,24}$")
SOUND_WORD_JA = re.compile(r"[ァ-ヴー]{2,}")
SOUND_EN = re.compile(r"^(?:[A-Z]{3,}[!.…\s-]*)+$")
MOST_LINES = 2
CALM = frozenset({"sit", "lie", "walk", "climb", "eat"})
SOON = 3
ACTED_WHOLE = frozenset({"climb", "run", "fall", "lie", "walk", "arms_up", "fight", "bow", "kneel", "sit"})
NARRATED_SHOTS: tuple[Shot, ...] = ("medium", "full", "long", "medium", "full")
ACTED_LENGTH = {"ja": 28, "en": 80}
CLOSE_LENGTH = {"ja": 8, "en": 18}
PANEL_LENGTH = {"ja": 56, "en": 130}


class Stager:
    """Stages one scene after another."""

    def __init__(self, cast_: Cast, language: str, direction: str) -> None:
        self._cast = cast_
        self._language = language
        self._captions = 0
        self._roped = False
        self._block = Blocking(cast_, direction)

    def stage(self, scene: Scene) -> list[PanelDraft]:
        """The panels of a scene, in reading order."""
        self._block.begin()
        self._roped = False
        opening = self._opening(scene)
        panels = self._establish(scene, opening)
        group: list[Utterance] = []
        narration: list[Utterance] = []
        for utterance in scene.utterances[len(opening) :]:
            if utterance.kind == "narration" and not utterance.tag and not self._sounds(utterance):
                panels += self._flush(scene, group)
                group = []
                narration.append(utterance)
                continue
            if not utterance.tag:
                panels += self._narrate_run(scene, narration)
                narration = []
            self._note_sources(panels, utterance)
            if utterance.tag:
                continue
            if sounds := self._sounds(utterance):
                panels += self._flush(scene, group)
                group = []
                panels.append(self._sounding(scene, utterance, sounds))
            else:
                if group and not self._fits(group, utterance):
                    panels += self._flush(scene, group)
                    group = []
                group.append(utterance)
        panels = [*panels, *self._flush(scene, group), *self._narrate_run(scene, narration)]
        return react(make_room(vary(self._joined(panels), self._cast), self._language))

    def _narrate_run(self, scene: Scene, run: Sequence[Utterance]) -> list[PanelDraft]:
        """A run of narration, shortened by selection."""
        selected = select(run, lambda text: bool(self._cast.mentioned(text)))
        return [panel for utterance in selected for panel in self._narrate(scene, utterance)]

    def _opening(self, scene: Scene) -> list[Utterance]:
        """The first sentences of narration, at most two: they become the establishing shot."""
        found: list[Utterance] = []
        for utterance in scene.utterances[:2]:
            if utterance.kind != "narration" or utterance.tag or self._sounds(utterance):
                break
            if found and (
                self._block.acts(utterance) or sum(len(s.passage.text) for s in found) > ACTED_LENGTH[self._language]
            ):
                break
            found.append(utterance)
        return found

    def _establish(self, scene: Scene, opening: Sequence[Utterance]) -> list[PanelDraft]:
        mentioned = [who for utterance in opening for who in self._cast.mentioned(utterance.passage.text)]
        pair = [
            who
            for utterance in opening
            if PAIR.search(utterance.passage.bare)
            for who in self._block.persons(utterance)
        ]
        who, staged = list(dict.fromkeys([*pair, *mentioned]))[:MOST_FIGURES], opening
        if not who:
            staged = scene.utterances[len(opening) : len(opening) + SOON]
            who = self._first_seen(staged)
        narration = [utterance.passage.bare for utterance in staged if utterance.kind == "narration"]
        action = " ".join(text for text in narration if opening is staged or pose_of(text) in CALM)
        panel = PanelDraft(scene, "establishing", "long", figures=self._block.figures(who, action))
        short = [(utterance, shorten(utterance.passage.text, self._language)) for utterance in opening]
        pieces = [(utterance, piece) for utterance, text in short for piece in chunks(text, self._language)]
        panel.lines = pieces[:MOST_LINES]
        panel.sources = [span_of(utterance) for utterance in opening]
        panel.effects = list(scene.weather)
        panel.size = "large"
        return [panel]

    def _first_seen(self, rest: Sequence[Utterance]) -> list[str]:
        """Who the next sentences are about; a first view of a place has them in it."""
        spoken = [utterance.speaker for utterance in rest if utterance.speaker]
        named = [
            who
            for utterance in rest
            if utterance.kind == "narration"
            for who in self._cast.mentioned(utterance.passage.bare)
        ]
        return list(dict.fromkeys([*named, *spoken]))[:2]

    def _note_sources(self, panels: Sequence[PanelDraft], utterance: Utterance) -> None:
        if utterance.tag and panels:
            panels[-1].sources.append(span_of(utterance))

    def _sounds(self, utterance: Utterance) -> list[str]:
        text = utterance.passage.text
        if utterance.kind != "narration":
            return []
        if self._language == "en":
            return [text.rstrip("!.… ")] if SOUND_EN.match(text) else []
        words = SOUND_WORD_JA.findall(text)
        return [w for w in words if w not in dict(self._cast.words)] if SOUND_JA.match(text) and words else []

    def _fits(self, group: Sequence[Utterance], utterance: Utterance) -> bool:
        length = sum(len(s.passage.text) for s in group) + len(utterance.passage.text)
        strong = utterance.kind == "shout" and utterance.expression in STRONG
        return len(group) < MOST_LINES and length <= PANEL_LENGTH[self._language] and not strong

    def _flush(self, scene: Scene, group: Sequence[Utterance]) -> list[PanelDraft]:
        """Quotes as panels of at most two balloons; long ones go over several panels."""
        pieces = [
            (utterance, piece) for utterance in group for piece in chunks(utterance.passage.spoken, self._language)
        ]
        panels: list[PanelDraft] = []
        for piece in pieces:
            last = panels[-1] if panels else None
            full = last and (
                len(last.lines) >= MOST_LINES or last.length + len(piece[1]) > PANEL_LENGTH[self._language]
            )
            if last is None or full:
                panels.append(PanelDraft(scene, f"speech:{piece[0].rule}", "bust"))
            panels[-1].lines.append(piece)
        for panel in panels:
            self._stage_speech(panel)
        return panels

    def _stage_speech(self, panel: PanelDraft) -> None:
        speakers = list(
            dict.fromkeys(
                utterance.speaker for utterance, _ in panel.lines if utterance.speaker and utterance.kind != "radio"
            )
        )
        faces: dict[str, Expression] = {
            utterance.speaker: utterance.expression for utterance, _ in panel.lines if utterance.speaker
        }
        loud = any(utterance.kind == "shout" for utterance, _ in panel.lines)
        panel.figures = self._block.figures(speakers, "", faces)
        panel.sources = [span_of(utterance) for utterance, _ in panel.lines]
        panel.emotion = panel.lines[-1][0].expression
        seen = self._block.last_seen
        if not speakers and seen:
            # a voice unseen: the one who hears it is shown
            panel.figures = self._block.figures(seen[:1], "", {seen[0]: "surprise"})
        panel.shot = "medium" if len(speakers) > 1 else "bust"
        if any(figure.pose == "lie" for figure in panel.figures) and len(panel.lines) == 1:
            panel.shot = "full"
        if len(speakers) == 1 and panel.length <= CLOSE_LENGTH[self._language] and panel.emotion in STRONG:
            panel.shot = "close_up"
        effect = EFFECT_OF_FACE.get(panel.emotion) if loud or panel.shot == "close_up" else None
        panel.effects = [effect] if effect else []

    def _narrate(self, scene: Scene, utterance: Utterance) -> list[PanelDraft]:
        """A sentence of narration: acted without words where a person can act it, else told in a caption."""
        who = self._block.persons(utterance)
        pose = pose_of(utterance.passage.bare)
        acted = (
            bool(who) and self._block.acts(utterance) and len(utterance.passage.text) <= ACTED_LENGTH[self._language]
        )
        if acted:
            return [self._act(scene, utterance, who, pose)]
        short = shorten(utterance.passage.text, self._language)
        pieces = [(utterance, piece) for piece in chunks(short, self._language)][:MOST_LINES]
        return [self._caption(scene, pieces, who)]

    def _act(self, scene: Scene, utterance: Utterance, who: Sequence[str], pose: str | None) -> PanelDraft:
        shot: Shot = "full" if pose in ACTED_WHOLE else "close_up" if len(who) == 1 and not pose else "medium"
        panel = PanelDraft(scene, f"acted:{pose or utterance.expression}", shot)
        panel.figures = self._block.figures(who, utterance.passage.bare, self._block.faces(who, utterance))
        panel.props = self._props(utterance, who)
        panel.sources = [span_of(utterance)]
        panel.emotion = utterance.expression
        effect: Effect | None = "speed_lines" if pose == "run" else EFFECT_OF_FACE.get(utterance.expression)
        panel.effects = [effect] if effect else []
        panel.size = "small" if shot == "close_up" else "medium"
        return panel

    def _caption(self, scene: Scene, pieces: Sequence[tuple[Utterance, str]], who: Sequence[str]) -> PanelDraft:
        utterance, on_stage = pieces[0][0], list(who)
        self._captions += 1
        shot: Shot = (
            NARRATED_SHOTS[self._captions % len(NARRATED_SHOTS)]
            if len(on_stage) == 1
            else "full"
            if on_stage
            else "long"
        )
        if pose_of(utterance.passage.bare) in ACTED_WHOLE and on_stage:
            shot = "full"
        panel = PanelDraft(scene, "told", shot)
        panel.lines = list(pieces)
        panel.figures = self._block.figures(on_stage, utterance.passage.bare, self._block.faces(on_stage, utterance))
        panel.props = self._props(utterance, on_stage)
        if panel.props and not on_stage:
            panel.shot, panel.rule = "close_up", f"told:insert:{panel.props[0].kind}"
        panel.sources = [span_of(utterance)]
        panel.emotion = utterance.expression
        panel.effects = list(scene.weather) if not on_stage else []
        return panel

    def _props(self, utterance: Utterance, who: Sequence[str]) -> list[Prop]:
        """A thing that the sentence names: held, or shown by itself; who climbs keeps the rope."""
        kind = best(PROPS, utterance.passage.bare)
        self._roped = self._roped or kind == "rope"
        if kind is None and self._roped and pose_of(utterance.passage.bare) == "climb":
            kind = "rope"
        if kind == "rope" and pose_of(utterance.passage.bare) != "climb":
            return []
        humans = [w for w in who[:1] if self._block.is_human(w)]
        if kind is None or (who and not humans):
            return []
        return [Prop(kind=cast(PropKind, kind), holder=humans[0] if humans else None)]

    def _sounding(self, scene: Scene, utterance: Utterance, sounds: Sequence[str]) -> PanelDraft:
        panel = PanelDraft(scene, "sound", "long", sounds=[(sound, utterance) for sound in sounds[:MOST_LINES]])
        panel.sources = [span_of(utterance)]
        panel.effects = ["speed_lines"]
        panel.size = "small"
        return panel

    def _joined(self, panels: list[PanelDraft]) -> list[PanelDraft]:
        """A sound without words goes into the panel that follows, where somebody hears it."""
        joined: list[PanelDraft] = []
        for panel in reversed(panels):
            if (
                panel.rule == "sound"
                and joined
                and joined[-1].figures
                and not joined[-1].sounds
                and len(joined[-1].lines) < 2
            ):
                joined[-1].sounds = panel.sounds
                joined[-1].sources = [*panel.sources, *joined[-1].sources]
                continue
            joined.append(panel)
        return joined[::-1]
