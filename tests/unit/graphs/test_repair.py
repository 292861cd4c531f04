"""Phase 7 mends what it can and tells what it cannot."""

import pytest

from engines.comic.document import Panel
from foundation.models.manga import ComposedPage, DrawnPanel, LetteredPanel
from graphs.manga.repair import compose, panel_of, repaired

BOOK = {"characters": [], "language": "ja", "direction": "rtl"}


class Models:
    """An artist that draws anything and a letterer whose page fails until its panels are wide enough."""

    def __init__(self, enough):
        self.drawn = []
        self.fails = lambda panel: panel["shot"] in {"close_up", "bust"} and panel["shot"] not in enough

    async def call(self, method, *args):
        if method == "draw":
            self.drawn.append((args[0]["id"], args[0]["shot"]))
            return DrawnPanel({"svg": args[0]["shot"]}, b"png", "replica", 0.0, 1.0)
        if method == "letter":
            return LetteredPanel({"balloons": [{"id": args[0]["shot"]}]}, "replica", 0.0, 1.0)
        page = args[0]
        failed = [panel["id"] for panel in page["panels"] if self.fails(panel)]
        checks = [{"name": "heads_clear", "element": f"{f}.balloon1", "passed": False} for f in failed]
        return ComposedPage(b"", b"", [*checks, {"name": "panel_order", "element": "p1", "passed": True}])


class Context:
    def __init__(self, enough):
        models = Models(enough)
        self.models = {"artist": models, "letterer": models}
        self.args = {"quality_level": "high"}

    def result(self, step):
        return BOOK

    async def save(self, step, name, data):
        return f"{step}/{name}"


def panel(number, shot, count):
    top, height = 62 + (number - 1) * 1566 / count, 1566 / count - 30
    polygon = [(62, top), (1138, top), (1138, top + height), (62, top + height)]
    result = Panel(id=f"p1.panel{number}", page=1, number=number, scene=1, shot=shot, rule="told", polygon=polygon)
    return result.model_dump(mode="json")


def page(*shots):
    panels = [panel(n, shot, len(shots)) for n, shot in enumerate(shots, 1)]
    return {"number": 1, "panels": panels, "drawings": {}, "letterings": {}}


async def test_a_failed_panel_is_staged_wider_and_kept_when_better():
    context = Context(enough={"bust"})
    done = await repaired(context, await compose(context, page("long", "close_up"), BOOK), BOOK)
    assert done.failed() == []
    assert done.repairs == [{"panel_id": "p1.panel2", "checks": ["heads_clear"], "repaired": True, "by": "wider"}]
    assert [p["shot"] for p in done.page["panels"]] == ["long", "bust"]
    assert done.page["drawings"]["p1.panel2"] == {"svg": "bust"}
    assert done.images == {"p1.panel2": "final_composition/p1.panel2.png"}
    assert context.models["artist"].drawn == [("p1.panel2", "bust")]


async def test_what_does_not_get_better_stays_and_is_told():
    context = Context(enough=set())
    done = await repaired(context, await compose(context, page("close_up"), BOOK), BOOK)
    assert len(done.failed()) == 1
    assert done.repairs == [{"panel_id": "p1.panel1", "checks": ["heads_clear"], "repaired": False, "by": None}]
    assert done.page["panels"][0]["shot"] == "close_up"
    assert done.images == {}


async def test_a_panel_that_cannot_be_seen_wider_gets_more_room_on_its_page():
    context = Context(enough=set())
    first = page("long", "long")
    height = lambda each: each["polygon"][2][1] - each["polygon"][0][1]  # noqa: E731
    before = height(first["panels"][1])
    context.models["letterer"].fails = lambda each: each["id"] == "p1.panel2" and height(each) < before + 40
    done = await repaired(context, await compose(context, first, BOOK), BOOK)
    assert done.repairs == [{"panel_id": "p1.panel2", "checks": ["heads_clear"], "repaired": True, "by": "more_room"}]
    assert height(done.page["panels"][1]) > before + 40
    assert {name for name, _ in context.models["artist"].drawn} == {"p1.panel1", "p1.panel2"}


async def test_a_balloon_that_may_not_cross_the_gutter_is_kept_in_its_panel():
    context = Context(enough=set())
    first = page("long", "long")
    first["panels"][0]["reach"] = [(62, 62), (1138, 62), (1138, 900), (62, 900)]
    context.models["letterer"].fails = lambda each: bool(each["reach"])
    done = await repaired(context, await compose(context, first, BOOK), BOOK)
    assert [repair["by"] for repair in done.repairs] == ["no_crossing"]
    assert done.page["panels"][0]["reach"] == []


async def test_a_good_page_is_left_alone():
    context = Context(enough=set())
    first = await compose(context, page("long", "full"), BOOK)
    assert await repaired(context, first, BOOK) == first
    assert context.models["artist"].drawn == []


@pytest.mark.parametrize(("element", "panel"), [("p1.panel3.balloon1", "p1.panel3"), ("p1", "p1")])
def test_elements_belong_to_panels(element, panel):
    assert panel_of(element) == panel
