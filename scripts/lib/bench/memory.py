"""The memory of our own processes: proportional set size, which counts shared pages once."""

import os
import re
from pathlib import Path

PROC = Path("/proc")


def our_processes() -> dict[int, str]:
    """The descendants of this process, and what runs in their Ray's temporary folder, with their names."""
    ours = descendants(os.getpid())
    folders = {found[0] for pid in ours if (found := re.search(r"/\w+/koma-\w+", _command(pid)))}
    ours |= {pid for pid in _pids() if any(folder in _command(pid) for folder in folders)}
    return {pid: _name(pid) for pid in sorted(ours - {os.getpid()})}


def descendants(root: int) -> set[int]:
    """The children of a process, their children, and so on."""
    parents = {pid: parent for pid in _pids() if (parent := _parent(pid)) is not None}
    return {pid for pid in parents if _descends(pid, parents, root)} - {root}


def proportional_bytes(pid: int) -> int:
    """The proportional set size of a process; 0 when it is gone."""
    try:
        rollup = (PROC / str(pid) / "smaps_rollup").read_text()
    except OSError:
        return 0
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def measure_memory() -> dict[str, object]:
    """The sum over our processes in MiB, and the share of each kind."""
    kinds: dict[str, list[int]] = {}
    for pid, name in our_processes().items():
        kinds.setdefault(name, []).append(proportional_bytes(pid))
    mib = 1024 * 1024
    return {
        "pss_mib": round(sum(map(sum, kinds.values())) / mib, 1),
        "processes": sum(map(len, kinds.values())),
        "by_kind_mib": {
            name: {"count": len(sizes), "pss": round(sum(sizes) / mib, 1)}
            for name, sizes in sorted(kinds.items(), key=lambda pair: -sum(pair[1]))
        },
    }


def _pids() -> list[int]:
    return [int(path.name) for path in PROC.iterdir() if path.name.isdigit()]


def _parent(pid: int) -> int | None:
    try:
        return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None


def _descends(pid: int, parents: dict[int, int], root: int) -> bool:
    while pid in parents and pid != root:
        pid = parents[pid]
    return pid == root


def _command(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _name(pid: int) -> str:
    command = _command(pid).strip()
    if found := re.match(r"ray::(?:ServeReplica:)?([\w:]+)", command):
        return found[1]
    program = re.search(r"(gcs_server|raylet|agent|log_monitor|monitor)\b", command)
    return program[1] if program else command.split(" ")[0].rpartition("/")[2][:24]
