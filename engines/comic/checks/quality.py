"""The verdict of phase 7: checks into weighted scores, a grade and a plan of repairs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from engines.comic.document import Check

METRICS: dict[str, tuple[float, tuple[str, ...]]] = {
    "lettering_fit": (
        0.15,
        ("text_inside_balloon", "balloon_inside_panel", "balloons_apart", "gutter_crossing", "fold_clear"),
    ),
    "faces_clear": (0.1, ("heads_clear",)),
    "reading_order": (0.15, ("panel_order", "balloon_order")),
    "speaker_clarity": (0.1, ("tail_to_speaker",)),
    "legibility": (0.15, ("type_size", "screen_type_size", "contrast", "glyphs_present")),
    "art_density": (0.1, ("panel_inked",)),
    "completeness": (0.05, ("lines_lettered", "art_present")),
    "story_coverage": (0.2, ("text_lettered", "quotes_lettered")),
}
ADVICE = {
    "text_inside_balloon": "Shorten the line or enlarge the panel so that its words fit the balloon.",
    "balloon_inside_panel": "Give the panel more room or fewer words.",
    "balloons_apart": "Split the panel or shorten a line; two balloons meet.",
    "heads_clear": "Move the figure or shorten the line; a balloon covers a face.",
    "panel_order": "Change the layout; the panels read in another order than the story.",
    "balloon_order": "Swap the figures or split the panel; the balloons read in another order.",
    "tail_to_speaker": "Move the speaker nearer to the balloon; its tail does not show who speaks.",
    "gutter_crossing": "Keep the balloon inside its panel; across the gutter it covers a neighbour.",
    "fold_clear": "Move the figure or the balloon off the fold of the spread.",
    "screen_type_size": "Shorten the line or enlarge the panel; the type is too small for a phone.",
    "type_size": "Shorten the line or enlarge the panel; the type is too small to print.",
    "contrast": "Letter in black on white.",
    "panel_inked": "Redraw the panel; it is nearly empty or nearly black.",
    "lines_lettered": "Letter the panel again; words of the script are missing.",
    "art_present": "Draw the panel; it has no art.",
    "glyphs_present": "Write the characters that no face has in another way, or add a face that has them.",
    "text_lettered": "Send the story in chapters, or letter the sentences listed under text_coverage.left_out.",
    "quotes_lettered": "Letter the quotes listed under text_coverage.quotes.lost and text_coverage.shortened.",
}
GRADES = ((0.95, "A"), (0.85, "B"), (0.7, "C"), (0.5, "D"))
MOST_RECOMMENDATIONS = 12
# a share of the story, so that the score is that share and not passed or failed
SHARES = frozenset({"text_lettered", "quotes_lettered"})
# a book without them is not of the best grade, whatever else is right
NEEDED = SHARES | {"glyphs_present", "lines_lettered", "art_present"}


def quality(pages_checks: Iterable[Sequence[Check]]) -> dict[str, Any]:
    """Weigh the checks of all pages into the result of phase 7.

    Scores are shares of passed checks, or of what was measured of the story, 0 to 1; a metric nothing was measured for
    scores 1 and says so.
    ``production_ready`` is true when every check passed.
    """
    checks = [check for page in pages_checks for check in page]
    by_name: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        by_name[check.name].append(check)
    assessment = {
        metric: _metric(weight, [check for name in names for check in by_name[name]])
        for metric, (weight, names) in METRICS.items()
    }
    overall = round(sum(entry["weighted_score"] for entry in assessment.values()), 4)
    failed = [check for check in checks if not check.passed]
    return {
        "quality_assessment": assessment,
        "overall_quality_score": overall,
        "quality_grade": _grade(overall, failed),
        "production_ready": bool(checks) and not failed,
        "improvement_plan": [
            {"element": c.element, "check": c.name, "detail": c.detail, "action": ADVICE.get(c.name, "")}
            for c in failed
        ],
    }


def _grade(overall: float, failed: Sequence[Check]) -> str:
    grade = next((grade for least, grade in GRADES if overall >= least), "F")
    return "B" if grade == "A" and any(check.name in NEEDED for check in failed) else grade


def _score(check: Check) -> float:
    if check.name in SHARES and check.measured is not None and check.limit:
        return min(1.0, check.measured / check.limit)
    return float(check.passed)


def _metric(weight: float, checks: Sequence[Check]) -> dict[str, Any]:
    failed = [check for check in checks if not check.passed]
    score = sum(map(_score, checks)) / len(checks) if checks else 1.0
    details = f"{len(checks) - len(failed)} of {len(checks)} checks passed" if checks else "nothing to measure"
    return {
        "score": round(score, 4),
        "weight": weight,
        "weighted_score": round(score * weight, 4),
        "details": details,
        "recommendations": sorted({f"{c.element}: {ADVICE.get(c.name, c.detail)}" for c in failed})[
            :MOST_RECOMMENDATIONS
        ],
    }
