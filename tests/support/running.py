"""A command in a session of its own, and what it leaves behind."""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

from deployments.cluster import ROOT
from tests.support.waiting import until


class Running:
    """A command that serves until it is told to stop."""

    def __init__(self, command, folder, name="log", cwd=ROOT, **more):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RAY_")}
        environment |= {"KOMA_DATA_DIR": str(folder / "data"), "COLUMNS": "200"} | more
        self.log = folder / name
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                command, cwd=cwd, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )

    def url(self):
        return self.logged(r"^serving on (http://\S+)").group(1)

    def logged(self, pattern):
        return self.until(lambda: re.search(pattern, self.log.read_text(), re.MULTILINE))

    def until(self, condition, seconds=420):
        """What the condition gives once it gives anything; the log where that takes too long or the command ends."""

        def look():
            assert self.process.poll() is None, self.log.read_text()
            return condition()

        return until(look, seconds, self.log.read_text)

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(90)


def left_behind(group, seconds=30):
    """The processes of a session that are still there; those of Ray's dashboard end by themselves, a moment later."""
    until = time.monotonic() + seconds
    while (found := [p for p in Path("/proc").glob("[0-9]*") if _session(p) == group]) and time.monotonic() < until:
        time.sleep(0.5)
    return found


def _session(process):
    try:
        fields = (process / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[3])
