import pytest

from engines.framepack.layouts import eichi, kisekae, layout_of, minimal, musubi
from foundation.errors import InvalidInput


def test_the_layouts_lie_where_their_sources_put_them():
    assert musubi().clean == (0, 10)
    assert (musubi().target, musubi().history_2x, len(musubi().history_4x)) == (9, (11, 12), 16)
    assert (musubi().history_4x[0], musubi().history_4x[-1]) == (13, 28)
    assert (eichi().target, eichi().clean, eichi().history_2x, eichi().history_4x) == (8, (0,), (11,), (13,))
    # the RoPE value 20 of oneframe_ichi
    moved = layout_of("eichi", 19)
    assert (moved.target, moved.history_2x, moved.history_4x) == (19, (22,), (24,))
    assert layout_of("musubi", 19).history_2x == musubi().history_2x
    assert (minimal().target, minimal().shape) == (9, (1, 0, 0))


def test_a_transfer_has_its_reference_in_place_of_the_post_frame():
    assert kisekae().clean == (0, 10)
    assert kisekae().target == 1
    dressed = kisekae("eichi", 3)
    assert (dressed.target, dressed.history_2x, dressed.history_4x) == (3, (12,), (28,))
    assert kisekae("musubi", 5, 13.5).clean == (0, 13.5)
    assert kisekae("musubi").shape == (2, 2, 16)


@pytest.mark.parametrize("index", [-1, 64.5, float("nan")])
def test_indices_have_limits(index):
    with pytest.raises(InvalidInput, match="target_index"):
        layout_of("eichi", index)
    with pytest.raises(InvalidInput, match="control_index"):
        kisekae(control=index)


def test_an_unknown_layout_is_refused_with_the_known_ones():
    with pytest.raises(InvalidInput, match="eichi, musubi, minimal"):
        layout_of("other")
