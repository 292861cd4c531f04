"""``--cpu-report``: what each test file costs in wall time and in CPU time, with that of the processes it starts."""

import os
import time
from collections import defaultdict
from pathlib import Path

import pytest

TICK = os.sysconf("SC_CLK_TCK")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cpu-report", metavar="FILE", help="write wall and CPU seconds of each test file to FILE")


def pytest_configure(config: pytest.Config) -> None:
    if path := config.getoption("--cpu-report"):
        config.pluginmanager.register(CpuReport(Path(path)))


class CpuReport:
    """Seconds by file. A fixture of a package or session counts for the file that needs it first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wall: defaultdict[str, float] = defaultdict(float)
        self._cpu: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item):
        name = item.nodeid.partition("::")[0]
        wall, cpu = time.monotonic(), tree_seconds()
        yield
        self._wall[name] += time.monotonic() - wall
        # an orphan that ended has taken its seconds with it
        self._cpu[name] += max(0.0, tree_seconds() - cpu)

    def pytest_sessionfinish(self) -> None:
        names = sorted(self._wall, key=lambda name: -self._wall[name])
        lines = [f"{self._wall[name]:8.1f} {self._cpu[name]:8.1f} {name}" for name in names]
        self._path.write_text("\n".join(["  wall s    CPU s file", *lines, ""]))


def tree_seconds() -> float:
    """CPU seconds of this process, of all that descend from it, and of those of them that have ended."""
    parents, ticks = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(stat.parent.name)
        parents[pid], ticks[pid] = int(fields[1]), sum(map(int, fields[11:15]))
    return sum(count for pid, count in ticks.items() if _descends(pid, parents)) / TICK


def _descends(pid: int, parents: dict[int, int]) -> bool:
    while pid in parents and pid != os.getpid():
        pid = parents[pid]
    return pid == os.getpid()
