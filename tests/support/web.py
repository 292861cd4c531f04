"""An application on a loopback port without Ray, and a real browser to look at it."""

import asyncio
import contextlib
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.support.servers import free_port, wait_for_port

QUIET = [
    f"--{flag}"
    for flag in (
        "headless",
        "no-sandbox",
        "disable-gpu",
        "disable-quic",
        "no-first-run",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "virtual-time-budget=10000",
    )
]


def under(prefix: str, app: FastAPI) -> Starlette:
    """The app below a prefix, as a proxy would serve it."""
    return Starlette(routes=[Mount(prefix, app)], lifespan=lambda _: app.router.lifespan_context(app))


@contextlib.contextmanager
def served(app: FastAPI | Starlette) -> Iterator[str]:
    """The URL of an ASGI app for the time of the block."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    wait_for_port(port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def dom(url: str) -> str:
    """The page as the browser has built it, scripts included."""
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("Chromium is missing: run scripts/test, or apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        command = [program, *QUIET, f"--user-data-dir={profile}", "--dump-dom", url]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def screenshot(path: Path, width: int, height: int) -> bytes:
    """A file as the browser paints it, as PNG."""
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("Chromium is missing: run scripts/test, or apt-get install chromium")
    with tempfile.TemporaryDirectory() as profile:
        picture = Path(profile) / "page.png"
        size = [f"--window-size={width},{height}", "--hide-scrollbars", f"--screenshot={picture}"]
        command = [program, *QUIET, f"--user-data-dir={profile}", *size, path.as_uri()]
        subprocess.run(command, capture_output=True, timeout=120, check=True)
        return picture.read_bytes()
