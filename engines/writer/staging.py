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
from engines.writer.speech import Said
from engines.writer.staged_scenes import EFFECT_OF_FACE, STRONG, Shown, span_of

SOUND_JA = re.compile(r"^[ァ-ヴーッっぁ-ん、。！!…・\s]{2,24}$")
SOUND_WORD_JA = re.compile(r"[ァ-ヴー]{2,}")
SOUND_EN = re.compile(r"^(?:[A-Z]{3,}[!.…\s-]*)+$")
MOST_LINES = 2
CALM = frozenset({"sit", "lie", "walk", "climb", "eat"})
SOON = 3
ACTED_WHOLE = frozenset({"climb", "run", "fall", "lie", "walk", "arms_up", "fight", "bow", "kneel", "sit"})
TOLD_SHOTS: tuple[Shot, ...] = ("medium", "full", "long", "medium", "full")
ACTED_LENGTH = {"ja": 28, "en": 80}
CLOSE_LENGTH = {"ja": 8, "en": 18}
PANEL_LENGTH = {"ja": 56, "en": 130}


class Stager:
    """Stages one scene after another."""

    def __init__(self, cast_: Cast, language: str, direction: str) -> None:
        self._cast = cast_
        self._language = language
        self._told = 0
        self._roped = False
        self._block = Blocking(cast_, direction)

    def stage(self, scene: Scene) -> list[Shown]:
        """The panels of a scene, in reading order."""
        self._block.begin()
        self._roped = False
        opening = self._opening(scene)
        panels = self._establish(scene, opening)
        group: list[Said] = []
        told: list[Said] = []
        for said in scene.said[len(opening) :]:
            if said.kind == "narration" and not said.tag and not self._sounds(said):
                panels += self._flush(scene, group)
                group = []
                told.append(said)
                continue
            if not said.tag:
                panels += self._tell(scene, told)
                told = []
            self._note_sources(panels, said)
            if said.tag:
                continue
            if sounds := self._sounds(said):
                panels += self._flush(scene, group)
                group = []
                panels.append(self._sounding(scene, said, sounds))
            else:
                if group and not self._fits(group, said):
                    panels += self._flush(scene, group)
                    group = []
                group.append(said)
        panels = [*panels, *self._flush(scene, group), *self._tell(scene, told)]
        return react(make_room(vary(self._joined(panels), self._cast), self._language))

    def _tell(self, scene: Scene, run: Sequence[Said]) -> list[Shown]:
        """A run of narration, shortened by selection."""
        kept = select(run, lambda text: bool(self._cast.mentioned(text)))
        return [panel for said in kept for panel in self._narrate(scene, said)]

    def _opening(self, scene: Scene) -> list[Said]:
        """The first sentences of narration, at most two: they become the establishing shot."""
        found: list[Said] = []
        for said in scene.said[:2]:
            if said.kind != "narration" or said.tag or self._sounds(said):
                break
            if found and (
                self._block.acts(said) or sum(len(s.passage.text) for s in found) > ACTED_LENGTH[self._language]
            ):
                break
            found.append(said)
        return found

    def _establish(self, scene: Scene, opening: Sequence[Said]) -> list[Shown]:
        mentioned = [who for said in opening for who in self._cast.mentioned(said.passage.text)]
        pair = [who for said in opening if PAIR.search(said.passage.bare) for who in self._block.persons(said)]
        who, staged = list(dict.fromkeys([*pair, *mentioned]))[:MOST_FIGURES], opening
        if not who:
            staged = scene.said[len(opening) : len(opening) + SOON]
            who = self._first_seen(staged)
        told = [said.passage.bare for said in staged if said.kind == "narration"]
        action = " ".join(text for text in told if opening is staged or pose_of(text) in CALM)
        panel = Shown(scene, "establishing", "long", figures=self._block.figures(who, action))
        short = [(said, shorten(said.passage.text, self._language)) for said in opening]
        pieces = [(said, piece) for said, text in short for piece in chunks(text, self._language)]
        panel.lines = pieces[:MOST_LINES]
        panel.sources = [span_of(said) for said in opening]
        panel.effects = list(scene.weather)
        panel.size = "large"
        return [panel]

    def _first_seen(self, rest: Sequence[Said]) -> list[str]:
        """Who the next sentences are about; a first view of a place has them in it."""
        spoken = [said.speaker for said in rest if said.speaker]
        named = [who for said in rest if said.kind == "narration" for who in self._cast.mentioned(said.passage.bare)]
        return list(dict.fromkeys([*named, *spoken]))[:2]

    def _note_sources(self, panels: Sequence[Shown], said: Said) -> None:
        if said.tag and panels:
            panels[-1].sources.append(span_of(said))

    def _sounds(self, said: Said) -> list[str]:
        text = said.passage.text
        if said.kind != "narration":
            return []
        if self._language == "en":
            return [text.rstrip("!.… ")] if SOUND_EN.match(text) else []
        words = SOUND_WORD_JA.findall(text)
        return [w for w in words if w not in dict(self._cast.words)] if SOUND_JA.match(text) and words else []

    def _fits(self, group: Sequence[Said], said: Said) -> bool:
        length = sum(len(s.passage.text) for s in group) + len(said.passage.text)
        strong = said.kind == "shout" and said.expression in STRONG
        return len(group) < MOST_LINES and length <= PANEL_LENGTH[self._language] and not strong

    def _flush(self, scene: Scene, group: Sequence[Said]) -> list[Shown]:
        """Quotes as panels of at most two balloons; long ones go over several panels."""
        pieces = [(said, piece) for said in group for piece in chunks(said.passage.spoken, self._language)]
        panels: list[Shown] = []
        for piece in pieces:
            last = panels[-1] if panels else None
            full = last and (
                len(last.lines) >= MOST_LINES or last.length + len(piece[1]) > PANEL_LENGTH[self._language]
            )
            if last is None or full:
                panels.append(Shown(scene, f"speech:{piece[0].rule}", "bust"))
            panels[-1].lines.append(piece)
        for panel in panels:
            self._stage_speech(panel)
        return panels

    def _stage_speech(self, panel: Shown) -> None:
        speakers = list(dict.fromkeys(said.speaker for said, _ in panel.lines if said.speaker and said.kind != "radio"))
        faces: dict[str, Expression] = {said.speaker: said.expression for said, _ in panel.lines if said.speaker}
        loud = any(said.kind == "shout" for said, _ in panel.lines)
        panel.figures = self._block.figures(speakers, "", faces)
        panel.sources = [span_of(said) for said, _ in panel.lines]
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

    def _narrate(self, scene: Scene, said: Said) -> list[Shown]:
        """A sentence of narration: acted without words where a person can act it, else told in a caption."""
        who = self._block.persons(said)
        pose = pose_of(said.passage.bare)
        acted = bool(who) and self._block.acts(said) and len(said.passage.text) <= ACTED_LENGTH[self._language]
        if acted:
            return [self._act(scene, said, who, pose)]
        short = shorten(said.passage.text, self._language)
        pieces = [(said, piece) for piece in chunks(short, self._language)][:MOST_LINES]
        return [self._caption(scene, pieces, who)]

    def _act(self, scene: Scene, said: Said, who: Sequence[str], pose: str | None) -> Shown:
        shot: Shot = "full" if pose in ACTED_WHOLE else "close_up" if len(who) == 1 and not pose else "medium"
        panel = Shown(scene, f"acted:{pose or said.expression}", shot)
        panel.figures = self._block.figures(who, said.passage.bare, self._block.faces(who, said))
        panel.props = self._props(said, who)
        panel.sources = [span_of(said)]
        panel.emotion = said.expression
        effect: Effect | None = "speed_lines" if pose == "run" else EFFECT_OF_FACE.get(said.expression)
        panel.effects = [effect] if effect else []
        panel.size = "small" if shot == "close_up" else "medium"
        return panel

    def _caption(self, scene: Scene, pieces: Sequence[tuple[Said, str]], who: Sequence[str]) -> Shown:
        said, shown = pieces[0][0], list(who)
        self._told += 1
        shot: Shot = TOLD_SHOTS[self._told % len(TOLD_SHOTS)] if len(shown) == 1 else "full" if shown else "long"
        if pose_of(said.passage.bare) in ACTED_WHOLE and shown:
            shot = "full"
        panel = Shown(scene, "told", shot)
        panel.lines = list(pieces)
        panel.figures = self._block.figures(shown, said.passage.bare, self._block.faces(shown, said))
        panel.props = self._props(said, shown)
        if panel.props and not shown:
            panel.shot, panel.rule = "close_up", f"told:insert:{panel.props[0].kind}"
        panel.sources = [span_of(said)]
        panel.emotion = said.expression
        panel.effects = list(scene.weather) if not shown else []
        return panel

    def _props(self, said: Said, who: Sequence[str]) -> list[Prop]:
        """A thing that the sentence names: held, or shown by itself; who climbs keeps the rope."""
        kind = best(PROPS, said.passage.bare)
        self._roped = self._roped or kind == "rope"
        if kind is None and self._roped and pose_of(said.passage.bare) == "climb":
            kind = "rope"
        if kind == "rope" and pose_of(said.passage.bare) != "climb":
            return []
        humans = [w for w in who[:1] if self._block.is_human(w)]
        if kind is None or (who and not humans):
            return []
        return [Prop(kind=cast(PropKind, kind), holder=humans[0] if humans else None)]

    def _sounding(self, scene: Scene, said: Said, sounds: Sequence[str]) -> Shown:
        panel = Shown(scene, "sound", "long", sounds=[(sound, said) for sound in sounds[:MOST_LINES]])
        panel.sources = [span_of(said)]
        panel.effects = ["speed_lines"]
        panel.size = "small"
        return panel

    def _joined(self, panels: list[Shown]) -> list[Shown]:
        """A sound without words goes into the panel that follows, where somebody hears it."""
        kept: list[Shown] = []
        for panel in reversed(panels):
            if panel.rule == "sound" and kept and kept[-1].figures and not kept[-1].sounds and len(kept[-1].lines) < 2:
                kept[-1].sounds = panel.sounds
                kept[-1].sources = [*panel.sources, *kept[-1].sources]
                continue
            kept.append(panel)
        return kept[::-1]
