"""Five thousand random panels, the same ones each time: no gate of the lettering ever breaks."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.manga.lettering import letter_panel
from tests.support.lettering_cases import EN_WORDS, JA_WORDS, assert_every_gate, on_page, on_strip

EACH = 1250
MODES = st.sampled_from(["marked", "auto", "all", "grade:1", "grade:4"])
CASES = settings(
    max_examples=EACH, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
pytestmark = pytest.mark.timeout(600)


@CASES
@given(on_page(JA_WORDS, ""), MODES)
def test_japanese_on_a_page(sample, mode):
    assert_every_gate(sample, letter_panel(*sample, [], "ja", "rtl", ruby_mode=mode), "ja")


@CASES
@given(on_page(EN_WORDS, " "))
def test_latin_on_a_page(sample):
    assert_every_gate(sample, letter_panel(*sample, [], "en", "ltr"), "en")


@CASES
@given(on_strip(JA_WORDS, ""), MODES)
def test_japanese_on_a_strip(sample, mode):
    assert_every_gate(sample, letter_panel(*sample, [], "ja", "rtl", ruby_mode=mode), "ja")


@CASES
@given(on_strip(EN_WORDS, " "))
def test_latin_on_a_strip(sample):
    assert_every_gate(sample, letter_panel(*sample, [], "en", "ltr"), "en")
