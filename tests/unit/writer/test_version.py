"""The version of the rules covers all that an answer of the writer follows from."""

import pytest

from engines.writer import version as rules

NOT_RULES = {"coverage.py", "version.py"}


@pytest.fixture(autouse=True)
def _fresh():
    rules.version.cache_clear()
    yield
    rules.version.cache_clear()


def test_every_module_of_the_rules_counts():
    folder = rules.ROOT / "engines" / "writer"
    expected = {path for path in folder.glob("*.py") if path.name not in NOT_RULES}
    assert expected <= rules.modules()


@pytest.mark.parametrize(
    "path",
    ["engines/artist/looks.py", "engines/comic/layout.py", "engines/comic/document.py", "foundation/language.py"],
)
def test_what_the_rules_lean_on_counts(path):
    assert rules.ROOT / path in rules.modules()


def test_what_only_draws_does_not_count():
    assert rules.ROOT / "engines/artist/ink.py" not in rules.modules()


def test_an_entry_or_a_folder_that_has_moved_is_an_error(monkeypatch):
    monkeypatch.setattr(rules, "DATA", ("assets/words", "assets/nowhere"))
    with pytest.raises(FileNotFoundError, match="assets/nowhere"):
        rules.version()
    monkeypatch.setattr(rules, "DATA", ("assets/words",))
    monkeypatch.setattr(rules, "ENTRY", "engines.nowhere")
    with pytest.raises(FileNotFoundError, match=r"engines\.nowhere"):
        rules.version()


def test_a_changed_word_list_is_another_version(monkeypatch, tmp_path):
    before = rules.version()
    for name in ("engines", "foundation", "assets"):
        (tmp_path / name).symlink_to(rules.ROOT / name)
    monkeypatch.setattr(rules, "ROOT", tmp_path)
    rules.version.cache_clear()
    assert rules.version() == before
    (tmp_path / "assets").unlink()
    words = tmp_path / "assets" / "words"
    words.mkdir(parents=True)
    (words / "roles_ja.txt").write_text("another word\n")
    (tmp_path / "assets" / "templates").symlink_to(rules.Path(__file__).parents[3] / "assets" / "templates")
    rules.version.cache_clear()
    assert rules.version() != before
