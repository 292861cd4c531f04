"""Voices out of machines are told from voices beside them."""

import pytest

from engines.comic.document import Panel
from engines.writer import write


def kinds(text, language):
    brief = {"text": text, "title": "t", "genre": None, "seed": 0, "language": language, "feedback": [], "take": 0}
    done = {"concept": write("concept", brief, {})}
    for phase in ("characters", "name"):
        done[phase] = write(phase, brief, done)
    panels = [Panel.model_validate(each) for each in done["name"]["panel_specifications"].values()]
    return {line.text: line.kind for panel in panels for line in panel.lines}, panels


JA = (
    "ハルは駅で電話を耳にあてた。\n電話の向こうからミオの声がした。「どこにいるの」\n「駅だよ」とハルは言った。\n"
    "ハルは電話を切った。\n「もう行こう」とハルは言った。\n放送が流れた。「三番線に電車がまいります」"
)
EN = (
    'Finn stood at the station. "Where are you?" Ida said over the phone.\n"At the station," said Finn.\n'
    'He put the phone away. "Let us go," he said to Tom.\nThe radio crackled. "All trains are late."'
)


@pytest.mark.parametrize(
    ("text", "language", "wired", "spoken"),
    [
        (JA, "ja", ["どこにいるの", "三番線に電車がまいります"], ["駅だよ", "もう行こう"]),
        (EN, "en", ["Where are you?", "All trains are late."], ["At the station.", "Let us go."]),
    ],
)
def test_the_machine_speaks_only_where_the_story_says_so(text, language, wired, spoken):
    found, panels = kinds(text, language)
    assert {found[line] for line in wired} == {"radio"}
    assert {found[line] for line in spoken} <= {"speech", "shout", "whisper"}
    for panel in panels:
        if panel.lines and all(line.kind == "radio" for line in panel.lines):
            assert panel.lines[0].speaker not in {figure.character for figure in panel.figures}
