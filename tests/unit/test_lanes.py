"""The two lanes of ``scripts/test``: every test folder is in one, and no failure is lost."""

import io
import sys

import pytest
from rich.console import Console

from deployments.cluster import ROOT
from scripts.lib.test import OTHER_GROUPS, RAY_GROUPS, Lanes, exit_code, report

PASSES = "print('fine')"
FAILS = "print('[bold]bad[/bold]'); raise SystemExit(3)"
DIES = "import os; os.kill(os.getpid(), 9)"


def command(name, program):
    return [sys.executable, "-c", program, name]


def run(tmp_path, own, shared):
    console = Console(file=io.StringIO(), width=100)
    results = Lanes(tmp_path, console).run(own, shared)
    report(results, console)
    return results, console.file.getvalue()


def test_every_folder_with_tests_is_in_one_group():
    folders = [folder for group in [*RAY_GROUPS, *OTHER_GROUPS] for folder in group]
    tests = {"/".join(path.relative_to(ROOT).parts[:2]) for path in (ROOT / "tests").rglob("test_*.py")}
    assert sorted(folders) == sorted(tests)


def test_all_run_and_all_passed(tmp_path):
    own, shared = [command("a", PASSES)], [command("b", PASSES), command("c/d", PASSES)]
    results, _ = run(tmp_path, own, shared)
    assert sorted(result.name for result in results) == ["a", "b", "c/d"]
    assert exit_code(results) == 0


@pytest.mark.parametrize(("program", "code"), [(FAILS, 3), (DIES, 137)])
def test_a_failure_is_the_exit_code_and_what_follows_it_runs_still(tmp_path, program, code):
    results, _ = run(tmp_path, [command("a", program), command("b", PASSES)], [command("c", PASSES)])
    assert len(results) == 3
    assert exit_code(results) == code


def test_output_of_what_failed_is_last_and_as_it_was(tmp_path):
    _, output = run(tmp_path, [command("a", FAILS)], [command("b", PASSES)])
    assert output.rindex("[bold]bad[/bold]") > output.rindex("fine")


def test_a_command_that_cannot_start_is_no_success(tmp_path):
    with pytest.raises(FileNotFoundError):
        run(tmp_path, [["/no/such/program", "a"]], [command("b", PASSES)])
    assert exit_code([]) == 1
