"""An emulator as a process that a test starts, steers and asks."""

import subprocess
import sys
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]


class Emulator:
    def __init__(self, *options):
        command = [sys.executable, "-m", "tests.emulator", *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        text = self._process.stdout.readline().split()
        if text[:1] != ["ready"]:
            raise RuntimeError("the emulator did not start; its words are above")
        self.url, self.grpc_target = f"http://127.0.0.1:{text[1]}", f"127.0.0.1:{text[2]}"

    def fault(self, kind, **how):
        httpx.post(f"{self.url}/__emulator/faults", json={"kind": kind, **how}).raise_for_status()

    def report(self):
        return httpx.get(f"{self.url}/__emulator/calls").json()

    @property
    def calls(self):
        return self.report()["calls"]

    def forget(self):
        httpx.delete(f"{self.url}/__emulator/calls").raise_for_status()

    def stop(self):
        self._process.terminate()
        self._process.wait(10)
        self._process.stdout.close()
