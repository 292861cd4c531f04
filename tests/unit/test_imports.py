"""The import graph of Koma's own modules has no circle, not even through late or type-only imports."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("foundation", "engines", "deployments", "serve_app", "graphs")


def test_no_modules_import_each_other_in_a_circle():
    graph = import_graph(ROOT)
    assert len(graph) > 300
    assert circle_of(graph) == ""


def test_a_late_import_closes_a_circle(tmp_path):
    write(tmp_path, "engines/__init__.py", "from engines.upper import run")
    write(tmp_path, "engines/upper.py", "from engines import lower")
    write(tmp_path, "engines/lower.py", "def f():\n    from engines.upper import run")
    assert circle_of(import_graph(tmp_path)) in {
        "engines.upper -> engines.lower -> engines.upper",
        "engines.lower -> engines.upper -> engines.lower",
    }


def test_a_re_export_is_no_import_of_the_package(tmp_path):
    write(tmp_path, "engines/one/__init__.py", "from engines.one.run import run")
    write(tmp_path, "engines/one/run.py", "from engines.one import parts")
    write(tmp_path, "engines/one/parts.py", "")
    assert circle_of(import_graph(tmp_path)) == ""


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def import_graph(root):
    """What each module imports. A package that re-exports stands for the module that defines the name."""
    files = {name_of(root, path): path for package in PACKAGES for path in (root / package).rglob("*.py")}
    trees = {name: ast.parse(path.read_bytes()) for name, path in files.items()}
    return {name: {target for target in imports(trees, name) if target != name} for name in trees}


def name_of(root, path):
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(trees, module):
    for node in ast.walk(trees[module]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in trees)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (source for alias in node.names if (source := source_of(trees, node.module, alias.name)))


def source_of(trees, module, name):
    """The module that ``from module import name`` needs: a submodule, or where a package has the name from."""
    if f"{module}.{name}" in trees:
        return f"{module}.{name}"
    if module not in trees:
        return None
    for node in trees[module].body:
        if isinstance(node, ast.ImportFrom) and node.module and any(a.name == name for a in node.names):
            return source_of(trees, node.module, name)
    return module


def circle_of(graph):
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return " -> ".join(error.args[1][::-1])
    return ""
