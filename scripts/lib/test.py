"""Runs all tests in two lanes side by side, each a pytest process at a time; the exit code is the worst of theirs.

One lane begins with what starts a Ray in its own process, the other with what does not. The lane that is done first
helps with the rest. A process has its own servers, ports and temporary folders.
"""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

from rich.console import Console

from scripts.lib.cli import run

# a process for each: the Ray of tests/cluster cannot start where that of tests/serve is connected
RAY_GROUPS = [["tests/serve"], ["tests/cluster"]]
# tests/docs starts what it shows in processes of their own
OTHER_GROUPS = [["tests/unit"], ["tests/contract"], ["tests/docs"], ["tests/browser", "tests/chaos", "tests/golden"]]


@dataclass(frozen=True)
class Result:
    """What came of one process; ``code`` is its exit status, or minus the signal that ended it."""

    name: str
    code: int
    seconds: float
    output: str


class Lanes:
    """Runs named commands in two lanes: the first has a queue of its own, and both share another one."""

    def __init__(self, folder: Path, console: Console) -> None:
        self._folder = folder
        self._console = console
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._results: list[Result] = []
        self._stopped = False

    def run(self, own: Iterable[Sequence[str]], shared: Iterable[Sequence[str]]) -> list[Result]:
        """The results of all commands in the order of their ends; a command's last word is its name."""
        rest = deque(shared)
        with ThreadPoolExecutor() as pool:
            lanes = [pool.submit(self._work, deque(own), rest), pool.submit(self._work, rest)]
            try:
                for lane in lanes:
                    lane.result()
            except BaseException:
                self._stop()
                raise
        return self._results

    def _stop(self) -> None:
        self._stopped = True
        for process in list(self._processes):
            process.terminate()

    def _work(self, *queues: "deque[Sequence[str]]") -> None:
        for queue in queues:
            while not self._stopped:
                try:
                    command = queue.popleft()
                except IndexError:
                    break
                self._results.append(self._run(command))

    def _run(self, command: Sequence[str]) -> Result:
        name, began = command[-1], time.monotonic()
        path = self._folder / f"{name.replace('/', '-')}.log"
        self._console.print(f"{name} begins; its output is in {path}", soft_wrap=True)
        with path.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
            self._processes.add(process)
            code = process.wait()
            self._processes.discard(process)
        result = Result(name, code, time.monotonic() - began, path.read_text(errors="replace"))
        self._console.print(f"{name} {_ending(code)} after {result.seconds:.0f} s")
        return result


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return "failed" if code else "passed"


def _command(group: Sequence[str]) -> list[str]:
    cache = f"cache_dir=.pytest_cache/{group[-1].rpartition('/')[2]}"
    return [sys.executable, "-m", "pytest", "--durations=10", "-o", cache, *group]


def exit_code(results: Iterable[Result]) -> int:
    """The worst of the exit codes as a shell tells it; nothing that ran is a failure, too."""
    return max((128 - each.code if each.code < 0 else each.code for each in results), default=1)


def report(results: Sequence[Result], console: Console) -> None:
    """Print the output of each process, those that failed last."""
    for each in sorted(results, key=lambda each: each.code != 0):
        console.rule(f"{each.name}: {_ending(each.code)}, {each.seconds:.0f} s")
        console.print(each.output, markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    """Set up and run all tests, two processes side by side. Arguments go to one pytest instead: `tests/unit -x`.

    `-m slow` runs the long forms.
    """
    signal.signal(signal.SIGTERM, _interrupted)
    console = Console()
    with TemporaryDirectory(prefix="koma-tests-") as folder:
        lanes = Lanes(Path(folder), console)
        results = lanes.run(map(_command, RAY_GROUPS), map(_command, OTHER_GROUPS))
        report(results, console)
    raise SystemExit(exit_code(results))


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    run("test", main)
