"""ComfyUI doubles as processes, ended by the pid that was started."""

import subprocess
import sys
from pathlib import Path

import httpx2

from tests.support.servers import free_port, wait_for_port
from tests.support.waiting import until


class ComfyServer:
    """One double on a free loopback port."""

    def __init__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self):
        program = str(Path(__file__).parent / "comfy_double.py")
        self.process = subprocess.Popen([sys.executable, program, str(self.port)])
        wait_for_port(self.port)

    def set(self, mode="normal", step_s=0.01, models=None):
        settings = {"mode": mode, "step_s": step_s, "models": models}
        httpx2.post(f"{self.url}/_double", json=settings).raise_for_status()

    def report(self):
        return httpx2.get(f"{self.url}/_double").json()

    def until_seen(self, count=1):
        until(lambda: len(self.report()["seen"]) >= count, 30)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.kill()
