"""CPU seconds and peak memory of some processes, from the kernel's own books."""

import os
import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
MIB = 1 << 20
# tells the kernel to count the peak of the resident set anew
RESET_PEAK = "5"


@dataclass(frozen=True)
class Spent:
    """What processes took: CPU seconds in all, the peaks of their resident sets in MiB in all and of the largest one.

    Pages that processes share are counted in each of them.
    """

    cpu_s: float
    peak_mib: float
    largest_mib: float


class Watch:
    """Watches processes from now on."""

    def __init__(self, pids: Collection[int]) -> None:
        self._pids = tuple(pids)
        for pid in self._pids:
            with suppress(OSError):
                (PROC / str(pid) / "clear_refs").write_text(RESET_PEAK)
        self._before = {pid: cpu_seconds(pid) for pid in self._pids}

    def spent(self) -> Spent:
        """What they have taken since."""
        cpu = sum(max(0.0, cpu_seconds(pid) - self._before[pid]) for pid in self._pids)
        peaks = [peak_bytes(pid) / MIB for pid in self._pids]
        return Spent(cpu, sum(peaks), max(peaks, default=0.0))


def cpu_seconds(pid: int) -> float:
    """User and system time of a process; 0 when it is gone."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_bytes(pid: int) -> int:
    """The largest resident set of a process; 0 when it is gone."""
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB", (PROC / str(pid) / "status").read_text(), re.MULTILINE)
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
