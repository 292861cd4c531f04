"""Random panels to letter, and what must hold for each of them."""

import re

import numpy as np
from hypothesis import strategies as st
from shapely import Polygon, box, contains_xy

from engines.comic.document import Box
from engines.comic.lettering.parts import words_of
from engines.comic.reading import reading_order
from tests.support.lettering_samples import figure, make_panel

JA_TEXT = """ちょっと 待って！
そんなの 聞いて ないよ… 「まさか」 あの時の 私《わたし》は 東京へ 12月 1999年 ー ーー っ !!
⁉ OK Gemini （本当） 、 。 『嘘』 だろ？ 今日も きゃっ ぁ 宇宙《そら》を 😀 〜 ・・・ ﾊﾛｰ あ゛あ゛ う゛ 憂鬱な
承《うけたまわ》る 一《いち》 ｜理想郷《アルカディア》 3.14 A級 コーヒーーー 人々 を"""
EN_TEXT = """wait I can't believe -- it's you! extraordinarily a the no... MR. O'Neill 42 well-known café — I'm run
*never* _so_ *I* not, ICELAND illicit *very*, I'll If"""
JA_WORDS, EN_WORDS = st.sampled_from(JA_TEXT.split()), st.sampled_from(EN_TEXT.split())
KINDS = st.sampled_from(["speech", "speech", "shout", "thought", "whisper", "narration", "radio"])
SMALLEST = {"page": 17.0, "spread": 17.0, "strip": 20.0}


@st.composite
def lines(draw, words, joiner):
    found = []
    for _ in range(draw(st.integers(1, 2))):
        text = joiner.join(draw(st.lists(words, min_size=1, max_size=5)))
        found.append((draw(KINDS), text, draw(st.sampled_from(["c1", "c2", None]))))
    return found


@st.composite
def on_page(draw, words, joiner):
    """A panel of a page with one person, framed straight or slanted."""
    w, h = draw(st.integers(330, 1080)), draw(st.integers(330, 900))
    slant = draw(st.sampled_from([0, 0, 30, -30]))
    polygon = [(60, 60), (60 + w, 60), (60 + w + slant, 60 + h), (60, 60 + h)]
    head = draw(st.integers(40, 95))
    x, y = 60 + draw(st.floats(0.1, 0.7)) * w, 60 + draw(st.floats(0.25, 0.6)) * h
    fields = {}
    if draw(st.booleans()) and not slant:
        foot = 60.0 + h
        fields["reach"] = [*polygon[:3], (50.0 + w, foot), (50.0 + w, foot + 76), (70.0, foot + 76), (70.0, foot)]
        fields["reach"] += [polygon[3]]
    elif draw(st.booleans()):
        fields["reserved"] = [Box(x=70, y=60, w=w - 20, h=46)]
    return make_panel(1, polygon, draw(lines(words, joiner)), [figure("c1", x, y, head, head * 1.2)], **fields)


@st.composite
def on_strip(draw, words, joiner):
    """A panel of a webtoon with white above and below it."""
    x, w = draw(st.sampled_from([(40, 720), (0, 800), (40, 470), (290, 470)]))
    h, above, below = draw(st.integers(300, 1100)), draw(st.integers(12, 150)), draw(st.integers(12, 150))
    polygon = [(x, 200), (x + w, 200), (x + w, 200 + h), (x, 200 + h)]
    reach = [(0, 200 - above), (800, 200 - above), (800, 200 + h + below), (0, 200 + h + below)]
    head = draw(st.integers(60, 150))
    left = x + draw(st.floats(0.05, 0.6)) * w
    person = figure("c1", left, 200 + draw(st.floats(0.2, 0.55)) * h, head, head * 1.2)
    return make_panel(1, polygon, draw(lines(words, joiner)), [person], paper="strip", reach=reach)


def points_of(path):
    return np.array([float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", path)]).reshape(-1, 2)


def assert_every_gate(sample, lettering, language):
    """Words, text in balloon, balloon in its room, heads free, balloons apart, order, size, tails, fold."""
    panel, drawing = sample
    room = Polygon(panel.reach or panel.polygon)
    reserved = [box(b.x, b.y, b.x + b.w, b.y + b.h) for b in panel.reserved]
    hulls = [Polygon(balloon.hull) for balloon in lettering.balloons]
    for balloon, hull in zip(lettering.balloons, hulls, strict=True):
        points = points_of(balloon.text_path)
        assert contains_xy(hull, points[:, 0], points[:, 1]).all(), "text leaves its balloon"
        assert room.covers(hull), "balloon leaves its panel"
        assert not any(hull.intersects(zone) for zone in reserved), "balloon in the way of a neighbour"
        assert balloon.font_size >= SMALLEST[panel.paper]
        for person in drawing.figures:
            h = person.head
            head = box(h.x, h.y, h.x + h.w, h.y + h.h)
            assert hull.intersection(head).area <= 0.01 * head.area, "head covered"
    assert not any(a.intersects(b) for i, a in enumerate(hulls) for b in hulls[:i]), "balloons meet"
    direction = "rtl" if language == "ja" else "ltr"
    assert reading_order([b.hull for b in lettering.balloons], direction) == list(range(len(hulls)))
    for line in panel.lines:
        found = "".join(b.text for b in lettering.balloons if b.line == line.id)
        assert found.split() == words_of(line.text, language).split()
