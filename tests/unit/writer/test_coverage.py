"""What of a story is on its pages is measured from the balloons, whatever the plan says."""

import re

import pytest

from engines.comic.checks.quality import quality
from engines.comic.document import Balloon, Box, Document, Lettering, Page
from engines.writer.coverage import coverage, coverage_warnings
from tests.support.plans import plan_story, planned_panels

STORY = (
    "放課後の屋上。ハルは空を見上げていた。\n「ねえ、約束、覚えてる？」とミオが言った。\n「……」\n"
    "ミオはもう一度聞いた。\n「한국へ行くんだよね」\nハルは驚いて振り向いた。\n「もちろんだ！」"
)


def lettered(panels, skip=(), cut=None):
    """The pages of a plan with balloons for its lines, but for those in ``skip``."""
    pages = []
    for number in sorted({panel.page for panel in panels}):
        own = [panel for panel in panels if panel.page == number]
        letterings = {
            panel.id: Lettering(
                panel=panel.id, svg="", balloons=[_balloon(ln, cut) for ln in panel.lines if ln.text not in skip]
            )
            for panel in own
        }
        pages.append(Page(number=number, panels=own, letterings=letterings))
    return Document(title="", pages=pages)


def _balloon(line, cut):
    text = line.text[:cut] if line.kind == "narration" else line.text
    box = Box(x=0, y=0, w=9, h=9)
    return Balloon(
        id=f"{line.id}.b", line=line.id, kind=line.kind, text=text, order=1, font="dialogue", font_size=30,
        outline="", text_path="", hull=[], text_box=box,
    )  # fmt: skip


def judged(document, story=STORY):
    report, checks = coverage(story, document)
    return report, quality([checks])


def test_all_quotes_lettered_is_no_loss():
    report, verdict = judged(lettered(planned_panels(plan_story(STORY, "ja"))))
    assert report["quotes"] == {
        "given": 4, "lettered": 4, "characters_given": 28, "characters_lettered": 28, "share": 1.0, "lost": [],
    }  # fmt: skip
    assert report["characters_of_tags"] > 0
    assert verdict["production_ready"] is True


def test_a_lost_quote_is_named_with_its_place_and_lowers_the_grade():
    report, verdict = judged(lettered(planned_panels(plan_story(STORY, "ja")), skip=("……", "もちろんだ！")))
    assert [STORY[each["start"] : each["end"]] for each in report["quotes"]["lost"]] == ["「……」", "「もちろんだ！」"]
    assert verdict["production_ready"] is False
    assert verdict["quality_grade"] != "A"
    assert verdict["quality_assessment"]["story_coverage"]["score"] < 1
    assert "もちろんだ" in verdict["improvement_plan"][0]["detail"]


def test_a_lost_plot_is_no_good_book():
    story = "ウサギとカメが競争した。ウサギは先に走った。途中で眠ってしまった。カメは休まず歩いた。" * 2
    panels = planned_panels(plan_story(story, "ja"))
    report, verdict = judged(lettered(panels), story)
    assert report["left_out"]
    shorter, worse = judged(lettered(panels, cut=3), story)
    assert shorter["share"] < report["share"]
    assert shorter["shortened"]
    assert worse["overall_quality_score"] < verdict["overall_quality_score"]
    assert worse["quality_grade"] != "A"
    assert not worse["production_ready"]


def test_missing_glyphs_are_counted_and_named():
    report, _ = judged(lettered(planned_panels(plan_story(STORY, "ja"))))
    assert report["missing_glyphs"] == {
        "count": 2,
        "characters": [
            {"character": "국", "code_points": ["U+AD6D"], "count": 1},
            {"character": "한", "code_points": ["U+D55C"], "count": 1},
        ],
    }


def test_what_is_not_lettered_is_a_warning_of_the_session():
    whole = "ハルは言った。「ねえ」\nミオは答えた。「うん」\n"
    report, _ = judged(lettered(planned_panels(plan_story(whole, "ja"))), whole)
    assert coverage_warnings(report) == []
    report, _ = judged(lettered(planned_panels(plan_story(STORY, "ja")), skip=("……",)))
    shortened, glyphs = coverage_warnings(report)
    assert (shortened["pointer"], shortened["code"]) == ("/text", "text_shortened")
    assert "1 quotes are lost" in shortened["detail"]
    assert (glyphs["code"], "국" in glyphs["detail"]) == ("missing_glyphs", True)


@pytest.mark.parametrize(
    "thought", ["*Could it be?* she thought.", "（（静かに））とハルは言った。", "《来るな》と声が言った。"]
)
def test_a_thought_beside_a_tag_is_lost_if_it_is_not_lettered(thought):
    story = f"「ねえ」とミオが言った。\n{thought}\n「うん」とハルが言った。\n"
    report, _ = coverage(story, lettered([]))
    inner = re.search(r"\w[\w ]*", thought)[0]
    assert any(inner in each["text"] for each in [*report["left_out"], *report["quotes"]["lost"]])
