"""Long lines cut by Gemini through the emulator: words are left out, none are put in."""

import pytest

from engines.writer.gemini.dialogue import is_cut
from tests.unit.vertex.stories import EXAMPLES, STORIES, brief, draft


@pytest.mark.parametrize(("story", "language"), [("stories/restaurant", "ja"), ("lighthouse", "en")])
async def test_dialogue_is_only_ever_cut(gemini, emulator, story, language):
    output = brief((EXAMPLES / f"{story}.txt").read_text(), language)
    panels = list(draft(output)["name"]["panel_specifications"].values())
    answer = await gemini.dialogue(panels, output, 30)
    old = {line["id"]: line["text"] for panel in panels for line in panel["lines"]}
    assert all(is_cut(old[line], text) for line, text in answer["output"]["lines"].items())
    assert answer["usage"]["calls"] == len(emulator.calls) == 1


async def test_short_lines_cost_nothing(gemini, emulator):
    requested = brief(STORIES["ja"])
    panels = [panel | {"lines": []} for panel in draft(requested)["name"]["panel_specifications"].values()]
    answer = await gemini.dialogue(panels, requested, 30)
    assert (answer["output"]["lines"], answer["usage"]["cost_usd"], emulator.calls) == ({}, 0, [])


@pytest.mark.parametrize(
    ("old", "new", "cut"),
    [
        ("君たち、丘の上なら歩いて行けるよ、今からでもね", "丘の上なら歩いて行けるよ", True),
        ("君たち、丘の上なら歩いて行けるよ、今からでもね", "海まで電車で帰りなさい", False),
        ("君たち、丘の上なら歩いて行けるよ、今からでもね", "丘", False),
        ("遠い｜灯台《とうだい》の光が見えるでしょう", "灯台《とうだいの光が見える", False),
        (
            "Then we light it by hand, as my father did every single evening",
            "We light it by hand, as my father did",
            True,
        ),
        ("Then we light it by hand, as my father did every single evening", "Nobody will ever come to save us", False),
    ],
)
def test_what_counts_as_cut(old, new, cut):
    assert is_cut(old, new) == cut
