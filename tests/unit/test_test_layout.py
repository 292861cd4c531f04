"""Where tests and what they share live."""

import ast

from deployments.cluster import ROOT

TESTS = sorted((ROOT / "tests").rglob("*.py"))
# folders of unit tests without an engine of their name
OTHERS = {"deploy", "deployments", "doctor", "foundation", "graphs", "memory", "style"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or "."
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_no_test_module_imports_another():
    found = {
        str(path.relative_to(ROOT)): module
        for path in TESTS
        for module in imported(path)
        if module.startswith("tests.") and any(part.startswith("test_") for part in module.split("."))
    }
    assert found == {}


def test_folders_of_unit_tests_are_named_after_engines():
    engines = {path.name for path in (ROOT / "engines").iterdir() if path.is_dir()}
    folders = {path.name for path in (ROOT / "tests" / "unit").iterdir() if list(path.glob("test_*.py"))}
    assert folders - {"unit"} - OTHERS <= engines


def test_waiting_is_written_once():
    """A loop over the clock is in tests/support/waiting.py, or measures or breaks things on purpose."""
    names = {"until", "eventually"}
    found = {
        str(path.relative_to(ROOT))
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name in names
    }
    assert found == {"tests/support/running.py", "tests/support/waiting.py", "tests/serve/manga_client.py"}
