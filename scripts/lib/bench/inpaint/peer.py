"""IOPaint's own server: an environment of its own with its own pins, made on first use, and one process.

venv in out/peers/iopaint -> links to the weights where IOPaint looks -> `iopaint start` on a free loopback port
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deployments.cluster import ROOT, ClusterFailed, free_port
from scripts.lib.http import HttpError, get

HERE = Path(__file__).parent
HOME = ROOT / "out" / "peers" / "iopaint"
LOCKS = (HERE / "peer.lock", HERE / "peer-nodeps.lock")
START_SECONDS = 180.0
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
}


@dataclass(frozen=True)
class Peer:
    """A running server."""

    url: str
    pid: int


def is_installed() -> bool:
    """Whether the environment is there with the pins of today."""
    stamp = HOME / "installed"
    return stamp.is_file() and stamp.read_text() == _pins()


def install(tell: Callable[[str], None]) -> None:
    """Make the environment unless it is there. Raises ClusterFailed."""
    if is_installed():
        return
    tell(f"installing the peer into {HOME} (a few minutes, once)")
    HOME.mkdir(parents=True, exist_ok=True)
    pip = [str(HOME / ".venv" / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    locked, bare = (["-r", str(lock)] for lock in LOCKS)
    _run([sys.executable, "-m", "venv", "--clear", str(HOME / ".venv")])
    _run([*pip, *locked])
    _run([*pip, "--no-deps", *bare])
    (HOME / "installed").write_text(_pins())


def _pins() -> str:
    return "".join(lock.read_text() for lock in LOCKS)


def _run(command: list[str]) -> None:
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterFailed(f"{' '.join(command)}\n{done.stderr[-2000:]}")


def _environment(**more: str) -> dict[str, str]:
    # the peer has nothing of this environment but the machine's own settings
    here = os.environ  # noqa: TID251
    return {name: value for name, value in here.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}} | more


@contextmanager
def serving_peer(weights: Path, folder: Path, model: str) -> Iterator[Peer]:
    """The installed server for the time of the block, with links to ``weights`` in ``folder``. Raises ClusterFailed."""
    links = folder / "torch" / "hub" / "checkpoints"
    links.mkdir(parents=True, exist_ok=True)
    for file in weights.glob("*.pt"):
        # IOPaint deletes what it cannot load
        (links / file.name).symlink_to(file.resolve())
    port, log = free_port(), folder / "server.log"
    command = [str(HOME / ".venv" / "bin" / "iopaint"), "start", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--model", model, "--model-dir", str(folder), "--device", "cpu"]
    environment = _environment(
        PYTHONPATH=str(HERE / "peer_shim"), HF_HUB_OFFLINE="1", XDG_CACHE_HOME=str(folder), **ONE_THREAD
    )
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(server, url, log)
        yield Peer(url, server.pid)
    finally:
        _end(server)


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            get(f"{url}/api/v1/model", 5.0).raise_for_status()
            return
        except HttpError:
            time.sleep(0.2)
    raise ClusterFailed(f"IOPaint's server did not start\n{log.read_text()[-2000:]}")


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
