"""Stories in three languages, what is asked about them, and what the rules write of them."""

from pathlib import Path

from engines import writer

EXAMPLES = Path(__file__).parents[3] / "examples"
CHINESE = """傍晚，小明和小红爬上了屋顶。风很大。

“你看，那边有光！”小明喊道。
小红摇了摇头。“那只是灯塔。”她说。
“不，灯塔三十年没有亮过了。”
小明跑到栏杆边。小红跟了上去，心里有点害怕。
“我们去看看吧。”

第二天早上，两个人来到海边。老渔夫正在修船。
“昨晚是您点的灯吗？”小红问。
老渔夫笑了。“是大海自己点的。”
小明和小红互相看了一眼，谁也没有说话。
“以后你们会明白的。”老渔夫说。"""
STORIES = {
    "ja": (EXAMPLES / "rooftop.txt").read_text(),
    "en": (EXAMPLES / "lighthouse.txt").read_text(),
    "zh": CHINESE,
}


def brief(text, language="ja", **changes):
    options = {"text": text, "title": None, "genre": None, "style": "standard", "seed": 0, "language": language}
    return options | {"feedback": [], "take": 0, "layout": "page"} | changes


def draft(brief_):
    before = {"concept": writer.write("concept", brief_, {})}
    for phase in ("characters", "story", "name"):
        before[phase] = writer.write(phase, brief_, before)
    return before
