"""Random panels, the same ones each time: no gate of the lettering ever breaks. The long form has five thousand."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.comic.lettering import letter_panel
from tests.support.lettering_cases import EN_WORDS, JA_WORDS, assert_every_gate, on_page, on_strip

MODES = st.sampled_from(["marked", "auto", "all", "grade:1", "grade:4"])
PLAIN = st.just("marked")
# samples, readings, language, direction
FORMS = {
    "japanese_on_a_page": (on_page(JA_WORDS, ""), MODES, "ja", "rtl"),
    "latin_on_a_page": (on_page(EN_WORDS, " "), PLAIN, "en", "ltr"),
    "japanese_on_a_strip": (on_strip(JA_WORDS, ""), MODES, "ja", "rtl"),
    "latin_on_a_strip": (on_strip(EN_WORDS, " "), PLAIN, "en", "ltr"),
}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("number", [250, pytest.param(1250, marks=pytest.mark.slow)])
@pytest.mark.parametrize("form", FORMS)
def test_no_gate_breaks(form, number):
    samples, modes, language, direction = FORMS[form]

    @settings(
        max_examples=number, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(samples, modes)
    def every(sample, mode):
        assert_every_gate(sample, letter_panel(*sample, [], language, direction, ruby_mode=mode), language)

    every()
