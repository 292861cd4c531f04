"""Real servers for tests: PostgreSQL and Redis on free loopback ports, ended by the pid that was started."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

POSTGRES_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port: int, seconds: float = 30) -> None:
    """Return when something listens on the port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


class Postgres:
    """A PostgreSQL server with one database ``koma``; as root it runs as the user ``postgres``."""

    def __init__(self) -> None:
        if not POSTGRES_FOLDERS:
            raise RuntimeError("PostgreSQL is missing: run scripts/test, or apt-get install postgresql-15")
        self._bin = POSTGRES_FOLDERS[0]
        self._folder = Path(tempfile.mkdtemp(prefix="koma-pg-"))
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self._folder, "postgres", "postgres")
        self.port = free_port()
        self._data = str(self._folder / "data")
        self._call("initdb", "-D", self._data, "-U", "koma", "--auth=trust", "-E", "UTF8", "--no-sync")
        self.start()
        self._call("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "koma", "koma")

    @property
    def url(self) -> str:
        return f"postgresql+asyncpg://koma@127.0.0.1:{self.port}/koma"

    def _call(self, program: str, *args: str) -> None:
        subprocess.run([*self._as, str(self._bin / program), *args], check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        options = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c port={self.port}"
        log = str(self._folder / "log")
        self._call("pg_ctl", "-D", self._data, "-o", options, "-l", log, "-w", "-t", "60", "start")

    def pid(self) -> int:
        return int((Path(self._data) / "postmaster.pid").read_text().splitlines()[0])

    def kill(self) -> None:
        """kill -9 of the server, and a wait until its children are gone too."""
        pid = self.pid()
        children = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        os.kill(pid, signal.SIGKILL)
        for child in [pid, *children]:
            while Path(f"/proc/{child}").exists() and _state(child) != "Z":
                time.sleep(0.02)
        # where nobody reaps the orphan its pid lives on as a zombie, and the next start would take it for a server
        (Path(self._data) / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        self._call("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        shutil.rmtree(self._folder, ignore_errors=True)


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


class Redis:
    """A Redis server that keeps nothing on disk."""

    def __init__(self) -> None:
        self._program = shutil.which("redis-server")
        if self._program is None:
            raise RuntimeError("Redis is missing: run scripts/test, or apt-get install redis-server")
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [str(self._program), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", "/tmp"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for_port(self.port)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    stop = kill
