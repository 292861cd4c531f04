"""Panels with figures as plain boxes, to letter without an artist."""

from engines.comic.document import Box, Document, Drawing, FigureBoxes, Line, Page, Panel
from engines.comic.lettering import letter_panel


def rect(x, y, w, h):
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def figure(character, x, y, w, h):
    head = Box(x=x, y=y, w=w, h=h)
    return FigureBoxes(
        character=character,
        head=head,
        body=Box(x=x - 0.3 * w, y=y, w=1.6 * w, h=3.2 * h),
        mouth=(x + w / 2, y + 0.78 * h),
    )


def make_panel(number, polygon, lines, figures=(), sfx=(), **fields):
    name = f"p1.panel{number}"
    results = [
        Line(id=f"{name}.line{i}", kind=kind, text=text, speaker=who) for i, (kind, text, who) in enumerate(lines, 1)
    ]
    panel = Panel(id=name, page=1, number=number, scene=1, polygon=polygon, lines=results, seed=number, **fields)
    art = "".join(
        f'<rect x="{f.body.x}" y="{f.body.y}" width="{f.body.w}" height="{f.body.h}" fill="#888"/>' for f in figures
    )
    art += f'<circle cx="{polygon[0][0] + 30}" cy="{polygon[0][1] + 30}" r="25" fill="#111"/>'
    return panel, Drawing(panel=name, svg=art, figures=list(figures), sfx=list(sfx))


JAPANESE = [
    make_panel(
        1,
        rect(60, 60, 1080, 380),
        [
            ("narration", "放課後《ほうかご》の屋上《おくじょう》――", None),
            ("speech", "ねえ、ハル。ちょっと待って！そんなの聞いてないよ…!?", "c1"),
            ("whisper", "（本当かな…）", "c2"),
        ],
        [figure("c1", 560, 200, 80, 95), figure("c2", 330, 210, 80, 95)],
    ),
    make_panel(
        2,
        [(620, 470), (1140, 470), (1140, 980), (560, 980)],
        [
            ("speech", "12月の約束《やくそく》、ちゃんと覚えてる？", "c1"),
            ("speech", "私《わたし》は「10年」も、ずっと此処《ここ》で待っていたのに!!", "c1"),
        ],
        [figure("c1", 640, 600, 230, 280)],
    ),
    make_panel(
        3,
        [(60, 470), (606, 470), (546, 980), (60, 980)],
        [("shout", "えっ…!?", "c2"), ("thought", "まさか、あの時の「きょうだい」なのか？", "c2")],
        [figure("c2", 180, 640, 200, 240)],
    ),
    make_panel(
        4,
        [(0, 1010), (1200, 1010), (1200, 1700), (0, 1700)],
        [("shout", "いっしょに宇宙《そら》へ行こう！", "c1"), ("speech", "ほ、本気《まじ》かよ!?", "c2")],
        [figure("c1", 600, 1200, 200, 240), figure("c2", 200, 1350, 150, 180)],
        [Box(x=420, y=1100, w=120, h=300)],
        bleed=True,
    ),
]

ENGLISH = [
    make_panel(
        1,
        rect(60, 60, 1080, 380),
        [
            ("narration", "After school, on the roof...", None),
            ("speech", "Wait! You can't just walk away after everything we built together.", "c2"),
        ],
        [figure("c1", 760, 200, 80, 95), figure("c2", 400, 210, 80, 95)],
    ),
    make_panel(
        2,
        rect(60, 470, 1080, 500),
        [("shout", "Run!", "c2"), ("thought", "I'm in this with Ivy.", "c1")],
        [figure("c2", 180, 640, 160, 200), figure("c1", 700, 640, 160, 200)],
    ),
]


def make_document(samples, language="ja", direction="rtl"):
    page = Page(number=1, panels=[p for p, _ in samples], drawings={p.id: d for p, d in samples})
    for panel, drawing in samples:
        page.letterings[panel.id] = letter_panel(panel, drawing, [], language, direction)
    return Document(
        title="見本", language=language, direction=direction, pages=[page], provenance={"art": "draft", "text": "rules"}
    )
