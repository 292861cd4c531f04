"""The machine: Python and its packages, room on the disks, the card, the port."""

import re
import shutil
import socket
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import yaml

from foundation.settings import Settings
from scripts.lib.doctor.finding import Finding, broken, missing, one_line, ready
from scripts.lib.http import HttpError, get

ROOT = Path(__file__).parents[3]
GIB = 1 << 30
LOW_GIB, LEAST_GIB = 10, 1
SECONDS = 3.0
# by major version of CUDA, from NVIDIA's table of minor version compatibility
LEAST_DRIVERS = {"11": 450, "12": 525, "13": 580}


def python(_: Settings) -> list[Finding]:
    """The interpreter, and every package that is locked."""
    here = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info < (3, 13)
    wrong = [
        message for lock in ("requirements.lock", "requirements-nodeps.lock") for message in _differing(ROOT / lock)
    ]
    return [
        ready("Python", here) if fits else broken("Python", f"{here} is not 3.11 or 3.12", "PYTHON=… ./scripts/setup"),
        broken("packages", _some(wrong), "./scripts/setup") if wrong else ready("packages", "all as locked"),
    ]


def _differing(lock: Path) -> list[str]:
    pins = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", lock.read_text(), re.MULTILINE)
    return [f"{name} {found} instead of {wanted}" for name, wanted in pins if (found := _version(name)) != wanted]


def _version(name: str) -> str:
    try:
        # a wheel for one kind of card says so behind a plus
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return "not installed"


def _some(names: list[str], most: int = 3) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def disks(settings: Settings) -> list[Finding]:
    """Room for data and models, and whether data can be written."""
    data = settings.koma_data_dir.expanduser().resolve()
    # not resolved_model_dir, which would make the data folder
    models = (settings.model_dir or data / "models").expanduser().resolve()
    return [_room("data folder", data, "KOMA_DATA_DIR"), _room("model folder", models, "MODEL_DIR")]


def _room(name: str, folder: Path, setting: str) -> Finding:
    there = next(each for each in (folder, *folder.parents) if each.exists())
    if not there.is_dir():
        return broken(name, f"{there} is a file", f"set {setting} to a folder")
    free = shutil.disk_usage(there).free / GIB
    detail = f"{folder}{'' if folder.exists() else ' (not there yet)'}, {free:.0f} GiB free"
    if setting == "KOMA_DATA_DIR" and not _writable(there):
        return broken(name, f"{there} cannot be written", f"chown it to the user of Koma, or set {setting}")
    if free < LEAST_GIB:
        return broken(name, detail, f"make room, or set {setting} to a folder on another disk")
    if free < LOW_GIB:
        return missing(name, f"{detail}, which is little", f"make room, or set {setting} to a folder on another disk")
    return ready(name, detail)


def _writable(folder: Path) -> bool:
    import os

    return os.access(folder, os.W_OK | os.X_OK)


def cards(settings: Settings) -> list[Finding]:
    """NVIDIA cards and their memory, and whether torch can use them."""
    wanted = settings.iopaint_device.startswith("cuda")
    rows = _nvidia_rows()
    if not rows:
        detail, hint = (
            "no NVIDIA card; models run on the CPU",
            "install the driver, if there is a card: nvidia-smi lists it then",
        )
        return [broken("GPU", detail, "IOPAINT_DEVICE=cpu") if wanted else missing("GPU", detail, hint)]
    found = [ready(f"GPU {index}", f"{name}, {free} of {total} MiB free") for index, name, total, free, _ in rows]
    import torch

    drivers = {driver for *_, driver in rows}
    build = torch.version.cuda
    too_old = [each for each in drivers if is_too_old(each, build)]
    if build and too_old:
        found.append(_old_driver(too_old[0], build))
    elif not torch.cuda.is_available():
        hint = "install the build of torch for the driver's CUDA; nvidia-smi names it"
        found.append(broken("torch", f"{torch.__version__} sees no card", hint))
    return found


def is_too_old(driver: str, cuda: str | None) -> bool:
    """Whether a driver such as ``570.86.10`` is older than the least for a CUDA build such as ``13.0``."""
    least = LEAST_DRIVERS.get((cuda or "").partition(".")[0])
    return least is not None and int(driver.partition(".")[0]) < least


def _old_driver(driver: str, cuda: str) -> Finding:
    least = LEAST_DRIVERS[cuda.partition(".")[0]]
    detail = f"torch is built for CUDA {cuda}, which needs driver {least} or newer; the driver is {driver}"
    return broken("driver", detail, "install a newer driver, or torch from an index of wheels for an older CUDA")


def _nvidia_rows() -> list[list[str]]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    fields = "--query-gpu=index,name,memory.total,memory.free,driver_version"
    command = [program, fields, "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    return [[cell.strip() for cell in line.split(",")] for line in done.stdout.splitlines() if line.count(",") == 4]


def ports(_: Settings, config: Path = ROOT / "serve_config.yaml") -> list[Finding]:
    """The port of the Serve config: free, or Koma's own."""
    http = yaml.safe_load(config.read_text()).get("http_options") or {}
    host, port = http.get("host", "127.0.0.1"), http.get("port", 8000)
    name = f"port {port}"
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return [_taken(name, f"http://{host}:{port}/-/healthz", config.name)]
    return [ready(name, f"free on {host}")]


def _taken(name: str, url: str, config: str) -> Finding:
    try:
        if get(url, SECONDS).text == "success":
            return ready(name, "Koma is serving there")
        detail = "another program listens there"
    except HttpError as error:
        detail = f"it cannot be bound, and Koma does not answer there ({one_line(error)})"
    hint = f"end what holds it, or change http_options.port in {config}; ./scripts/serve takes any free one till then"
    return missing(name, detail, hint)
