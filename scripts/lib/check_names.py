"""Names that say what a value is: the words that CONTRIBUTING's glossary bans, and classes defined twice.

Prints one line for each fault and exits with 1 where there is one.
"""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# identifiers of these words say that there is a value, and not what it is
VAGUE = ("told", "said", "asked", "made", "kept", "shown")
# and these are known to insiders alone
PRIVATE = (
    "house",
    "houses",
    "shelf",
    "studio",
    "wish",
    "wishes",
    "sitting",
    "company",
    "kin",
    "mend",
    "mends",
    "mended",
)
BANNED = frozenset({*VAGUE, *PRIVATE})
# things that are called so: an application of ours, furniture in a picture
ALLOWED = {
    "studio": ("serve_app/studio/", "graphs/studio/", "graphs/", "tests/"),
    "shelf": ("engines/artist/",),
    "house": ("engines/artist/", "engines/writer/"),
}
SAME_ROLE = frozenset(
    {
        # one role in every application, engine or migration
        "Acceptance",
        "View",
        "InProcess",
        # a deployment is called as the engine that it serves
        "ComfyCluster",
        "GeminiImage",
        "Imagen",
        # stand-ins of a benchmark for the deployments of these names
        "Artist",
        "Letterer",
        "Writer",
        # names in OpenAPI documents, which generated clients have as types
        "BatchRequest",
        "HealthAnswer",
        "Page",
        "Region",
        "RootAnswer",
        "TaskAnswer",
        # steps done of steps to do, of a node, a workflow or a task
        "Progress",
    }
)
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def main() -> int:
    """Check every Python file that git knows."""
    files = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    faults: list[str] = []
    classes: dict[str, list[str]] = defaultdict(list)
    for name in files.split():
        path = ROOT / name
        if not path.is_file():
            continue
        tree = ast.parse(path.read_bytes())
        faults += banned_names(name, tree)
        if not name.startswith("tests/"):
            for node in tree.body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    classes[node.name].append(f"{name}:{node.lineno}")
    faults += twice_defined(classes)
    print(*faults, sep="\n", end="\n" if faults else "")
    return 1 if faults else 0


def banned_names(path: str, tree: ast.Module) -> Iterator[str]:
    """The identifiers of a module that hold a banned word."""
    stem = Path(path).stem
    for line, name in [(1, "" if stem.startswith("test_") else stem), *_identifiers(tree)]:
        # the names of tests are sentences
        if name.startswith("test_") and path.startswith("tests/"):
            continue
        for word in banned_in(name):
            if not path.startswith(ALLOWED.get(word, ())):
                yield f"{path}:{line}: {name}: the glossary of CONTRIBUTING.md bans '{word}'; say what the value is"


def banned_in(name: str) -> list[str]:
    """The banned words of an identifier, in snake_case or CamelCase."""
    return [word for part in WORD.findall(name) if (word := part.lower()) in BANNED]


def _identifiers(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname


def twice_defined(classes: dict[str, list[str]]) -> Iterable[str]:
    """The classes that several modules define."""
    for name, places in sorted(classes.items()):
        if len(places) > 1 and name not in SAME_ROLE:
            yield f"{places[0]}: class {name} is also defined in {', '.join(places[1:])}"


if __name__ == "__main__":
    sys.exit(main())
