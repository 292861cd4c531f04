"""What a filename_prefix stands for, and what it may not be."""

import time

import pytest

from engines.comfy.filenames import expanded, folder_and_stem, problem_before_run, problem_of

NOW = time.struct_time((2026, 3, 7, 4, 5, 9, 5, 66, 0))
PROMPT = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 42, "sampler_name": "euler", "model": ["4", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}, "_meta": {"title": "Save it"}},
    "a.b": {"class_type": "CLIPTextEncode", "inputs": {"text": 'a/b:c"d'}, "_meta": "no object"},
}


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("plain", "plain"),
        ("%width%x%height%", "640x480"),
        ("%year%-%month%-%day%_%hour%%minute%%second%", "2026-03-07_040509"),
        ("%date:yyyy-MM-dd%", "2026-03-07"),
        ("%date:yy-M-d h.m.s%", "26-3-7 4.5.9"),
        ("%date:hh:mm:ss%", "04_05_09"),
        ("%3.seed%_%KSampler.sampler_name%_%Save it.filename_prefix%", "42_euler_x"),
        ("%a.b.text%", "a_b_c_d"),
        # what means nothing stays, as ComfyUI leaves it
        ("%3.model%%3.none%%none.seed%%date%%batch_num%100%", "%3.model%%3.none%%none.seed%%date%%batch_num%100%"),
        ("日本/%width%/絵", "日本/640/絵"),
    ],
)
def test_percent_signs(prefix, name):
    assert expanded(prefix, PROMPT, 640, 480, NOW) == name


@pytest.mark.parametrize(
    "prefix", ["..", "../x", "a/../b", "a\\..\\b", "/x", "\\x", "C:x", "a\0", "a\nb", "a\x7f", "語" * 67, "x" * 201]
)
def test_names_that_lead_out_are_a_problem(prefix):
    assert problem_of(prefix)
    assert problem_before_run(prefix)


@pytest.mark.parametrize("prefix", ["x", "", "my/folder/out", "..x/y..", "日本/絵", "語" * 66, "%date:hh:mm%", "a%b"])
def test_other_names_are_none(prefix):
    assert problem_before_run(prefix) is None


def test_folder_and_stem():
    assert folder_and_stem("my/folder/out") == ("my/folder", "out")
    assert folder_and_stem("my\\out") == ("my", "out")
    assert folder_and_stem("./my//out/") == ("my", "out")
    assert folder_and_stem("out") == ("", "out")
    assert folder_and_stem("") == ("", "")
