import ast

import pytest

from scripts.lib.check_names import banned_in, banned_names, main, twice_defined


def faults(source, path="engines/inpaint/example.py"):
    return list(banned_names(path, ast.parse(source)))


@pytest.mark.parametrize(
    "name", ["told", "_told", "told_twice", "was_told", "TOLD_SHARE", "ToldStory", "WasTold", "told2"]
)
def test_a_banned_word_is_found_in_every_spelling(name):
    assert banned_in(name) == ["told"]


@pytest.mark.parametrize("name", ["toldo", "untold", "kinship", "household", "bookshelf", "Maiden", "requested"])
def test_a_word_that_only_contains_one_is_free(name):
    assert banned_in(name) == []


@pytest.mark.parametrize(
    "source",
    [
        "made = 1",
        "for made in (): ...",
        "def made(): ...",
        "async def made(): ...",
        "class Made: ...",
        "def f(made): ...",
        "def f(*, made=1): ...",
        "def f(self):\n    self.made = 1",
        "import json as made",
    ],
)
def test_every_kind_of_identifier_is_looked_at(source):
    (fault,) = faults(source)
    assert "bans 'made'" in fault
    assert fault.startswith(f"engines/inpaint/example.py:{2 if 'self' in source else 1}: ")


def test_strings_and_the_names_of_others_are_free():
    assert faults("from other import made\nmade()\nx = made.kept\ny = 'told'\n") == []


def test_a_module_name_is_looked_at():
    assert len(faults("", "engines/inpaint/shelf.py")) == 1
    assert faults("", "engines/artist/shelf.py") == []


def test_the_name_of_a_test_is_a_sentence():
    sentence = "def test_what_was_asked_is_made(): ..."
    assert faults(sentence, "tests/unit/test_made.py") == []
    assert len(faults(sentence)) == 2
    assert len(faults("def made(): ...", "tests/unit/test_made.py")) == 1


def test_a_class_that_is_defined_twice_is_found():
    places = {"Options": ["a.py:1", "b.py:2"], "Once": ["a.py:3"], "Acceptance": ["a.py:4", "b.py:5"]}
    assert list(twice_defined(places)) == ["a.py:1: class Options is also defined in b.py:2"]


def test_the_tree_has_no_fault(capsys):
    assert (main(), capsys.readouterr().out) == (0, "")
