"""Phases 1 to 4 by rules, in seed 003's fields. Each says by which rule it decided.

brief -> concept -> characters, story -> name
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from engines.writer.cast import Cast, find_cast
from engines.writer.lexicon import EMOTIONS, GENRES, PLACES, TIMES, best, count
from engines.writer.pages import make_panels
from engines.writer.passages import split_passages
from engines.writer.rhythm import thin
from engines.writer.scenes import Scene, find_scenes
from engines.writer.speech import attribute
from engines.writer.staged_scenes import PanelDraft
from engines.writer.staging import Stager
from engines.writer.template import fill_out, is_short

Json = Any
ENGINE = "draft"
BEATS = (("ki", 0.25), ("sho", 0.5), ("ten", 0.8), ("ketsu", 1.01))
CHARACTERS_A_PAGE = {"ja": 150, "en": 320}
TONES = {"joy": "bright", "smile": "warm", "sad": "wistful", "cry": "moving", "fear": "dark", "angry": "tense"}
THEMES = {
    "friendship": "友 いっしょ 二人 仲間|friend together",
    "courage": "勇気 怖 負け 逃げ|brave courage afraid fear",
    "family": "父 母 家族 兄 妹|father mother family brother sister",
    "promise": "約束 誓 忘れ|promise forget swear",
    "love": "恋 愛 好き|love heart",
    "nature": "森 海 空 星 雪|forest sea sky stars snow",
    "death": "死 墓 血|death dead grave blood",
}


@dataclass(frozen=True)
class Reading:
    """A story as the rules read it."""

    cast: Cast
    scenes: list[Scene]
    drafts: list[PanelDraft]
    quotes: int


@lru_cache(maxsize=8)
def read(text: str, language: str, seed: int) -> Reading:
    """Read a story; the same text is read once."""
    passages = split_passages(text, language)
    cast = find_cast(passages, language, seed)
    scenes = find_scenes(attribute(passages, cast), [word for word, _ in cast.words])
    stager = Stager(cast, language, direction_of(language))
    drafts = thin([panel for scene in scenes for panel in stager.stage(scene)])
    return Reading(cast, scenes, drafts, sum(p.kind != "narration" for p in passages))


def direction_of(language: str) -> Literal["rtl", "ltr"]:
    """Japanese pages read from right to left."""
    return "rtl" if language == "ja" else "ltr"


def seed_of(brief: Mapping[str, Json]) -> int:
    """The seed of a take: each time a phase is asked for again it is another."""
    return int(brief["seed"]) + 7919 * int(brief.get("take", 0))


def concept(brief: Mapping[str, Json]) -> Json:
    """Phase 1: themes, genre, world. ``story_text`` is what all later offsets point into."""
    text, language = brief["text"], brief["language"]
    passages = split_passages(text, language)
    genre = brief["genre"] or best(GENRES, text, "general")
    story, template = text, None
    if is_short(passages, text, language):
        story, template = fill_out(text, passages, language, str(genre), seed_of(brief))
    themes = sorted((t for t in THEMES if count(THEMES[t], story)), key=lambda t: -count(THEMES[t], story))[:3]
    feeling = best(EMOTIONS, story, "neutral")
    return {
        "engine": ENGINE,
        "source": f"template:{template}" if template else "text",
        "original_text": text,
        "story_text": story,
        "text_length": len(text),
        "themes": themes or ["everyday life"],
        "genre": genre,
        "world_setting": {
            "time_period": best(TIMES, story, "day"),
            "location": best(PLACES, story, "room"),
            "atmosphere": TONES.get(str(feeling), "calm"),
        },
        "tone": TONES.get(str(feeling), "calm"),
        "key_elements": [key for key in PLACES if count(PLACES[key], story)][:5],
        "target_audience": "general",
        "narrative_style": "first_person" if count("私は 僕は 俺は 吾輩|", story) > 2 else "third_person",
        "estimated_pages": min(100, max(1, round(len(story) / CHARACTERS_A_PAGE[language]))),
        "language": language,
        "direction": direction_of(language),
    }


def characters(brief: Mapping[str, Json], before: Mapping[str, Json]) -> Json:
    """Phase 2: who is there. ``cast`` holds the characters of the document."""
    reading = _reading(brief, before)
    cast = reading.cast.characters
    scenes = {c.id: _present(c.id, reading.scenes) for c in cast}
    return {
        "engine": ENGINE,
        "characters": [
            {
                "id": c.id,
                "name": c.name,
                "aliases": c.aliases,
                "role": c.role,
                "importance": max(1, 10 - index),
                "age": c.look.age,
                "personality": _personality(c.id, reading.scenes),
                "background": [],
                "goals": [],
                "appearance": c.look.model_dump(mode="json"),
                "special_traits": [c.look.hair, c.look.outfit, c.look.accessory],
                "arc_potential": round(len(scenes[c.id]) / max(len(reading.scenes), 1), 2),
                "scenes": scenes[c.id],
            }
            for index, c in enumerate(cast)
        ],
        "visual_descriptions": {c.name: _visual(c.look.model_dump(mode="json")) for c in cast},
        "character_relationships": _relationships(reading),
        "cast": [c.model_dump(mode="json") for c in cast],
    }


def _present(who: str, scenes: Sequence[Scene]) -> list[int]:
    return [s.number for s in scenes if any(utterance.speaker == who for utterance in s.utterances)]


def _personality(who: str, scenes: Sequence[Scene]) -> list[str]:
    faces = [utterance.expression for s in scenes for utterance in s.utterances if utterance.speaker == who]
    loud = sum(utterance.kind == "shout" for s in scenes for utterance in s.utterances if utterance.speaker == who)
    emotions = sorted({f for f in faces if f != "neutral"}, key=lambda f: (-faces.count(f), f))[:2]
    return [*emotions, *(["loud"] if faces and loud * 2 > len(faces) else [])]


def _visual(look: Mapping[str, Json]) -> Json:
    return {
        "base_prompt": f"{look['age']} {look['gender']}, {look['hair_tone']} {look['hair']} hair, {look['outfit']}",
        "style_tags": ["manga", "ink", "screentone"],
        "color_palette": [look["hair_tone"], look["outfit_tone"]],
        "pose_suggestions": ["stand", "walk"],
        "background_elements": [],
        "art_style": "storyboard",
    }


def _relationships(reading: Reading) -> list[Json]:
    pairs: dict[tuple[str, str], int] = {}
    for scene in reading.scenes:
        who = sorted({utterance.speaker for utterance in scene.utterances if utterance.speaker})
        for a in who:
            for b in who:
                if a < b:
                    pairs[a, b] = pairs.get((a, b), 0) + 1
    return [{"between": [a, b], "scenes_together": n} for (a, b), n in sorted(pairs.items())]


def story(brief: Mapping[str, Json], before: Mapping[str, Json]) -> Json:
    """Phase 3: scenes and the arc in four beats (起承転結)."""
    reading = _reading(brief, before)
    total = sum(len(s.utterances) for s in reading.scenes)
    done, breakdown = 0, []
    for scene in reading.scenes:
        beat = next(name for name, until in BEATS if done / total < until)
        done += len(scene.utterances)
        breakdown.append(_scene(scene, beat))
    faces = [
        utterance.expression for s in reading.scenes for utterance in s.utterances if utterance.expression != "neutral"
    ]
    return {
        "engine": ENGINE,
        "story_structure": {"form": "kishotenketsu", "beats": [name for name, _ in BEATS]},
        "plot_progression": [{"scene_number": s["scene_number"], "beat": s["key_story_function"]} for s in breakdown],
        "scene_breakdown": breakdown,
        "narrative_flow": [s["transition_type"] for s in breakdown],
        "pacing_analysis": {s["scene_number"]: s["pacing"] for s in breakdown},
        "total_scenes": len(breakdown),
        "story_complexity_score": round(min(1.0, (len(breakdown) + len(reading.cast.characters)) / 20), 2),
        "theme_integration": before["concept"]["themes"],
        "conflict_structure": sorted(set(faces), key=lambda f: (-faces.count(f), f))[:3],
        "quotes": reading.quotes,
    }


def _scene(scene: Scene, beat: str) -> Json:
    spoken = sum(utterance.kind != "narration" for utterance in scene.utterances)
    loud = sum(utterance.kind == "shout" for utterance in scene.utterances)
    faces = [utterance.expression for utterance in scene.utterances if utterance.expression != "neutral"]
    first = scene.utterances[0].passage.text
    return {
        "scene_number": scene.number,
        "title": first[:24],
        "purpose": beat,
        "pacing": "fast" if loud * 3 > max(spoken, 1) else "medium" if spoken else "slow",
        "emotional_beat": max(faces, key=faces.count) if faces else "neutral",
        "visual_style": f"{scene.place}, {scene.time}",
        "transition_type": "scene_to_scene" if scene.utterances[0].passage.gap else "moment_to_moment",
        "key_story_function": beat,
        "source": {"start": scene.utterances[0].passage.start, "end": scene.utterances[-1].passage.end},
    }


def name(brief: Mapping[str, Json], before: Mapping[str, Json]) -> Json:
    """Phase 4: the pages (ネーム), as the seed's ``page_layouts`` and as the panels of the document."""
    return lay_out_pages(ENGINE, copy.deepcopy(_reading(brief, before).drafts), brief, before)


def lay_out_pages(
    engine: str, drafts: Sequence[PanelDraft], brief: Mapping[str, Json], before: Mapping[str, Json]
) -> dict[str, Json]:
    """Pages of panels that a writer has staged, as phase 4 tells them. ``drafts`` is changed."""
    language = brief["language"]
    direction, layout = direction_of(language), brief.get("layout", "page")
    placed = make_panels(drafts, direction, language, seed_of(brief), layout)
    panels = [panel.model_dump(mode="json") for panel in placed]
    numbers = sorted({panel["page"] for panel in panels})
    return {
        "engine": engine,
        "title": brief["title"] or before["concept"]["story_text"].strip().splitlines()[0][:30],
        "language": language,
        "direction": direction,
        "layout": layout,
        "page_layouts": [_page_layout(n, [p for p in panels if p["page"] == n], direction) for n in numbers],
        "panel_specifications": {panel["id"]: panel for panel in panels},
        "camera_work": {panel["id"]: [panel["shot"], panel["camera_angle"]] for panel in panels},
    }


def _page_layout(number: int, panels: Sequence[Mapping[str, Json]], flow: str) -> Json:
    climax = next((p["number"] for p in panels if "climax" in p["rule"]), None)
    letters = sum(len(line["text"]) for p in panels for line in p["lines"])
    return {
        "page_number": number,
        "scene_numbers": sorted({p["scene"] for p in panels}),
        "panels": [_panel_layout(p) for p in panels],
        "page_pacing": "fast" if len(panels) > 5 else "medium" if len(panels) > 3 else "slow",
        "layout_type": _layout_type(panels),
        "page_flow": flow,
        "climax_panel": climax,
        "reading_time_seconds": round(len(panels) * 1.5 + letters / 8, 1),
    }


def _layout_type(panels: Sequence[Mapping[str, Json]]) -> str:
    paper = panels[0]["paper"]
    if paper != "page":
        return paper
    return "splash" if any(p["size"] == "splash" for p in panels) else "grid"


def _panel_layout(panel: Mapping[str, Json]) -> Json:
    xs, ys = zip(*panel["polygon"], strict=True)
    return {
        "panel_number": panel["number"],
        "page_number": panel["page"],
        "scene_number": panel["scene"],
        "panel_id": panel["id"],
        "size": panel["size"],
        "aspect_ratio": round((max(xs) - min(xs)) / (max(ys) - min(ys)), 2),
        "camera_angle": panel["camera_angle"],
        "camera_position": panel["shot"],
        "composition": panel["rule"],
        "focus_element": panel["figures"][0]["character"] if panel["figures"] else panel["background"],
        "background_detail": panel["background"],
        "dialogue_space": len(panel["lines"]),
        "visual_purpose": panel["rule"].partition(":")[0],
        "emotional_tone": panel["emotion"],
        "special_effects": panel["effects"],
        "character_prominence": round(min(1.0, 0.4 * len(panel["figures"])), 2),
    }


def _reading(brief: Mapping[str, Json], before: Mapping[str, Json]) -> Reading:
    return read(before["concept"]["story_text"], brief["language"], seed_of(brief))
