"""The FramePack application as a builder and an ingress see it."""

import subprocess
import sys

from graphs.framepack.video_steps import pieces_of

SECTIONS = [{"done": "d0", "open": "o0"}, {"done": None, "open": "o1"}, {"done": "d2", "open": None}]


def test_an_ingress_loads_no_model_library():
    program = """
import sys
import graphs.framepack.app
assert not {"torch", "diffusers", "transformers", "cv2", "av"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_pieces_of_a_film_lie_in_the_order_in_which_they_are_shown():
    assert pieces_of("reverse", SECTIONS) == ["d2", "d0"]
    assert pieces_of("forward", SECTIONS) == ["d0", "d2"]
    # of a film that is not finished, what comes next makes the open piece anew
    assert pieces_of("reverse", SECTIONS[:2]) == ["o1", "d0"]
    assert pieces_of("forward", SECTIONS[:1]) == ["d0", "o0"]
