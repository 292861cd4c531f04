import pytest
from shapely import Polygon
from shapely.affinity import translate

from engines.comic.checks.panel import check_page, quality
from engines.comic.document import Balloon, Box, Check
from engines.comic.reading import reading_order
from tests.support.lettering_samples import ENGLISH, JAPANESE, make_document, rect


@pytest.fixture(scope="module")
def sound():
    return make_document(JAPANESE)


def failures(document):
    return {check.name for check in check_page(document.pages[0], document) if not check.passed}


def broken(document, change):
    """A copy of the document whose page was changed by ``change(page)``."""
    copy = document.model_copy(deep=True)
    change(copy.pages[0])
    return copy


def balloon_of(page, panel=0, number=0) -> Balloon:
    return page.letterings[page.panels[panel].id].balloons[number]


def move(balloon, dx, dy):
    balloon.hull = [(x + dx, y + dy) for x, y in balloon.hull]
    balloon.outline = "M" + "L".join(f"{x} {y}" for x, y in balloon.hull) + "Z"


def test_sound_pages_pass(sound):
    assert failures(sound) == set()
    assert failures(make_document(ENGLISH, "en", "ltr")) == set()


def test_text_outside_its_balloon_is_found(sound):
    def shrink(page):
        b = balloon_of(page, 1)
        cx, cy = Polygon(b.hull).centroid.coords[0]
        b.hull = [(cx + 0.6 * (x - cx), cy + 0.6 * (y - cy)) for x, y in b.hull]

    assert "text_inside_balloon" in failures(broken(sound, shrink))
    assert "text_inside_balloon" in failures(broken(sound, lambda page: setattr(balloon_of(page), "text_path", "")))


def test_balloon_outside_its_panel_is_found(sound):
    assert "balloon_inside_panel" in failures(broken(sound, lambda page: move(balloon_of(page, 1), 300, 0)))


def test_covered_head_is_found(sound):
    def cover(page):
        b = balloon_of(page, 2)
        head = page.drawings[page.panels[2].id].figures[0].head
        x, y = Polygon(b.hull).centroid.coords[0]
        move(b, head.x + head.w / 2 - x, head.y + head.h / 2 - y)

    assert "heads_clear" in failures(broken(sound, cover))


def test_overlapping_balloons_are_found(sound):
    def collide(page):
        a, b = balloon_of(page, 1, 0), balloon_of(page, 1, 1)
        move(b, a.hull[0][0] - b.hull[0][0], a.hull[0][1] - b.hull[0][1])

    assert "balloons_apart" in failures(broken(sound, collide))


def test_wrong_panel_order_is_found(sound):
    def swap(page):
        page.panels[1], page.panels[2] = page.panels[2], page.panels[1]

    assert "panel_order" in failures(broken(sound, swap))


def test_wrong_balloon_order_is_found(sound):
    def swap(page):
        a, b = balloon_of(page, 3, 0), balloon_of(page, 3, 1)
        a.order, b.order = b.order, a.order

    assert "balloon_order" in failures(broken(sound, swap))


@pytest.mark.parametrize("tail", [None, (1100.0, 1650.0), (275.0, 1440.0)])
def test_tail_that_misses_its_speaker_is_found(sound, tail):
    assert "tail_to_speaker" in failures(broken(sound, lambda page: setattr(balloon_of(page, 3), "tail", tail)))


def test_small_type_is_found(sound):
    assert "type_size" in failures(broken(sound, lambda page: setattr(balloon_of(page), "font_size", 15.0)))


def test_empty_and_black_panels_are_found(sound):
    def paint(fill):
        def change(page):
            page.drawings[page.panels[0].id].svg = f'<rect width="1200" height="1700" fill="{fill}"/>'

        return change

    assert failures(broken(sound, paint("#ffffff"))) == {"panel_inked"}
    assert failures(broken(sound, paint("#111111"))) == {"panel_inked"}
    assert "art_present" in failures(broken(sound, lambda page: page.drawings.pop(page.panels[0].id)))


def test_missing_and_changed_words_are_found(sound):
    assert "lines_lettered" in failures(broken(sound, lambda page: page.letterings.pop(page.panels[1].id)))
    assert "lines_lettered" in failures(broken(sound, lambda page: setattr(balloon_of(page), "text", "放課前")))


def test_weak_contrast_is_found(sound):
    def fade(page):
        lettering = page.letterings[page.panels[0].id]
        lettering.svg = lettering.svg.replace('fill="#111111"', 'fill="#999999"')

    assert "contrast" in failures(broken(sound, fade))


def test_reading_order_of_stacks_and_slants():
    tall_right = [rect(600, 0, 500, 900), rect(0, 0, 580, 440), rect(0, 460, 580, 440)]
    assert reading_order(tall_right, "rtl") == [0, 1, 2]
    assert reading_order(tall_right, "ltr") == [1, 2, 0]
    slanted = [[(520, 0), (1000, 0), (1000, 500), (440, 500)], [(0, 0), (505, 0), (425, 500), (0, 500)]]
    assert reading_order(slanted, "rtl") == [0, 1]
    assert reading_order(slanted, "ltr") == [1, 0]
    mirrored = [translate(Polygon(p), 0, i * 5).exterior.coords[:-1] for i, p in enumerate(slanted)]
    assert reading_order(mirrored, "rtl") == [0, 1]


def test_quality_has_the_shape_of_phase_seven(sound):
    checks = check_page(sound.pages[0], sound)
    result = quality([checks])
    assert result["production_ready"] is True
    assert result["quality_grade"] == "A"
    assert result["overall_quality_score"] == pytest.approx(1.0)
    for entry in result["quality_assessment"].values():
        assert set(entry) == {"score", "weight", "weighted_score", "details", "recommendations"}
    assert sum(e["weight"] for e in result["quality_assessment"].values()) == pytest.approx(1.0)


def test_a_failed_check_lowers_the_score_and_makes_a_plan():
    bad = Check(name="heads_clear", element="p1.panel1.balloon1", passed=False, detail="covered")
    result = quality([[bad]])
    assert not result["production_ready"]
    assert result["overall_quality_score"] == pytest.approx(0.9)
    assert result["improvement_plan"][0]["element"] == "p1.panel1.balloon1"
    assert quality([])["production_ready"] is False


def test_a_character_that_no_face_has_is_found_and_named(sound):
    def change(page):
        balloon_of(page).text = "한😀あ"

    changed = broken(sound, change)
    bad = [c for c in check_page(changed.pages[0], changed) if c.name == "glyphs_present" and not c.passed]
    assert [check.element for check in bad] == [balloon_of(sound.pages[0]).id]
    assert "한 (U+D55C)" in bad[0].detail


def test_box_of_the_text_is_true(sound):
    for lettering in sound.pages[0].letterings.values():
        for balloon in lettering.balloons:
            b: Box = balloon.text_box
            hull = Polygon(balloon.hull)
            assert hull.buffer(1).contains(Polygon(rect(b.x + b.w * 0.2, b.y + b.h * 0.2, b.w * 0.6, b.h * 0.6)))
