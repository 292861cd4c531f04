"""Whatever a model answers within the schema: every quote once and in order, nobody twice, pages that fit."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.comic.document import Character, Panel
from engines.vertex.schema import schema_of
from engines.writer.cast import Cast
from engines.writer.gemini.name import questions_of, scenes_of, schema_for
from engines.writer.gemini.panels import Stage, staged
from engines.writer.pages import make_panels
from engines.writer.passages import split_passages
from engines.writer.speech import attribute
from engines.writer.staging import MOST_LINES

STORY = """夜の駅。ハルは一人で立っていた。
「おそいな、ミオのやつ。もう八時だぞ、約束の時間から一時間もたっているのに、どうしてこないんだろう、なにかあったのか」
ミオが走ってきた。
「ごめん！」
「もういいよ」とハルは言った。
（ほんとうは、心配していたんだ）
電車がきた。

翌日、二人は海にいた。
「きれいだね」
「うん」
犬のポチがほえた。"""
PASSAGES = split_passages(STORY, "ja")
CAST = [Character(id=f"c{n}", name=name) for n, name in enumerate(("ハル", "ミオ", "ポチ"), 1)]
SPOKEN = attribute(PASSAGES, Cast(CAST, [(c.name, c.id) for c in CAST], {c.id: "male" for c in CAST}))
NARRATED = {
    "scene_breakdown": [
        {"scene_number": n, "visual_style": "station, night", "source": {"start": PASSAGES[at].start, "end": 0}}
        for n, at in ((1, 0), (2, 9))
    ]
}
SCENES = scenes_of(NARRATED, SPOKEN)
SCHEMA = schema_for(len(PASSAGES), [c.id for c in CAST])


def values(schema, root):
    """All values that a schema takes."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[-1]]
    if "anyOf" in schema:
        return st.one_of([values(each, root) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema["type"] == "object":
        return st.fixed_dictionaries({name: values(each, root) for name, each in schema["properties"].items()})
    if schema["type"] == "array":
        # a few are enough to be wrong in every way
        most = min(schema.get("maxItems", 4), max(schema.get("minItems", 0), 6))
        return st.lists(values(schema["items"], root), min_size=schema.get("minItems", 0), max_size=most)
    whole = schema["type"] == "integer"
    return st.integers(schema["minimum"], schema["maximum"]) if whole else st.text(max_size=16)


ANSWERS = values(schema_of(SCHEMA), schema_of(SCHEMA))


def stage():
    return Stage(SCENES, SPOKEN, CAST, "ja", "rtl")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(ANSWERS)
def test_any_answer_within_the_schema_becomes_pages(answer):
    displayed = staged(SCHEMA.model_validate(answer).panels, stage())
    quotes = [passage.text for passage in PASSAGES if passage.kind != "narration"]
    lettered = [(speech, text) for panel in displayed for speech, text in panel.lines]
    assert "".join(text for speech, text in lettered if speech.kind != "narration") == "".join(quotes)
    starts = [speech.passage.start for speech, _ in lettered]
    assert starts == sorted(starts)
    assert all(len(panel.lines) <= MOST_LINES for panel in displayed)
    panels = make_panels(displayed, "rtl", "ja", 0)
    assert [Panel.model_validate(panel.model_dump(mode="json")) for panel in panels] == panels
    for panel in panels:
        assert panel.sources
        assert len({figure.character for figure in panel.figures}) == len(panel.figures) <= 3


def test_scenes_take_their_passages_by_the_offsets_of_phase_3():
    assert [len(scene.utterances) for scene in SCENES] == [9, len(PASSAGES) - 9]
    assert [scene.place for scene in SCENES] == ["station", "station"]


def test_short_scenes_share_a_question_and_a_long_one_has_several(monkeypatch):
    (one,) = questions_of(SCENES)
    assert (one.first, len(one.passages), len(one.scenes)) == (0, len(PASSAGES), 2)
    monkeypatch.setattr("engines.writer.gemini.name.MOST_PASSAGES", 4)
    several = questions_of(SCENES)
    assert [passage for each in several for passage in each.passages] == PASSAGES
    assert [each.first for each in several] == [0, 4, 8, 9]


def test_a_quote_that_the_model_forgot_is_said_by_whom_the_rules_find():
    empty = {"shot": "medium", "size": "medium", "emotion": "neutral", "figures": [], "lines": [], "sounds": []}
    panels = [empty | {"passages": [n], "effects": [], "thing": "none"} for n in (1, 3, 6, 9)]
    displayed = staged(SCHEMA.model_validate({"panels": panels}).panels, stage())
    voices = {text: speech.speaker for panel in displayed for speech, text in panel.lines}
    assert voices["ごめん！"] == "c2"
    assert voices["もういいよ"] == "c1"
