"""Starts Koma on this machine and stops it, and only it.

The traps of a local Ray are met here once: authentication is explicit, ports are free ones, paths are
short, a failed deployment is reported with its replica's error, and no other Ray on the host is touched.
"""

import io
import logging
import os
import secrets
import shutil
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import yaml

from deployments.capacity import lacking
from deployments.proxy import CALLBACK
from foundation.errors import Misconfigured
from foundation.settings import get_settings

ROOT = Path(__file__).parent.parent
START_ATTEMPTS = 2
READY_SECONDS = 300.0
OBJECT_STORE_BYTES = 300_000_000
# shares are logical: a laptop runs more processes than it has cores
LOGICAL_CPUS = max(8, os.cpu_count() or 1)
PATIENT_LOOKS = 6


class ClusterFailed(RuntimeError):
    """A deployment did not come up; the message holds the replica's own error."""


@contextmanager
def local_ray(logical_cpus: int = LOGICAL_CPUS, **options: Any) -> Iterator[None]:
    """A Ray of our own for the time of the block, in a short temporary folder; ``options`` go to ``ray.init``.

    Raises ClusterFailed when Ray does not start twice in a row.
    """
    prepare_environment()
    # socket paths end at 107 characters, so the folder must be short
    folder = tempfile.mkdtemp(prefix="koma-", dir="/tmp")
    import ray

    # raises before the folder is in use, whose logs then stay
    _start_ray(ray, folder, logical_cpus, options)
    try:
        yield
    finally:
        with _quiet():
            ray.shutdown()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _quiet() -> Iterator[None]:
    # Ray tells of its own controller's orderly end as of an accident
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        yield


def prepare_environment() -> None:
    """Set what Ray and its workers read from the environment; what is set already stays.

    Raises Misconfigured when Ray is imported already: then it has read its part, and its servers would refuse it.
    """
    if "ray" in sys.modules and "RAY_AUTH_MODE" not in _environ():
        raise Misconfigured("ray was imported before prepare_environment(), with RAY_AUTH_MODE unset")
    defaults = {
        # since 2.59 the default depends on how Ray is started and on files in the home folder
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        # a handle's reporter outlives Ray, and would start another one of its own
        "RAY_ENABLE_AUTO_CONNECT": "0",
        "RAY_DEDUP_LOGS": "0",
        "RAY_USAGE_STATS_ENABLED": "0",
        # idle workers started ahead of need would cost the memory of replicas
        "RAY_prestart_worker_first_driver": "0",
        "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": CALLBACK,
        # a starved probe of a queue is no reason for a warning on a small machine
        "RAY_SERVE_QUEUE_LENGTH_RESPONSE_DEADLINE_S": "1",
        # shares of a card are laid beside each other, so that whole cards stay free for what needs one
        "RAY_SERVE_USE_PACK_SCHEDULING_STRATEGY": "1",
        # a replica without a share of a GPU sees none
        "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
    }
    for name, value in defaults.items():
        _environ().setdefault(name, value)
    paths = [str(ROOT), *filter(None, _environ().get("PYTHONPATH", "").split(os.pathsep))]
    _environ()["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))


def ray_token() -> str | None:
    """The token that Ray's own ports ask for; None when they ask for none, or it is in a file of the user's."""
    return _environ().get("RAY_AUTH_TOKEN") if _environ().get("RAY_AUTH_MODE") == "token" else None


def _environ() -> Any:
    # Ray takes these by the environment alone; Koma's settings are read in foundation.settings
    return os.environ  # noqa: TID251


def _start_ray(ray: Any, folder: str, logical_cpus: int, options: Mapping[str, Any]) -> None:
    arguments: dict[str, Any] = {
        "address": "local",
        "num_cpus": logical_cpus,
        "object_store_memory": OBJECT_STORE_BYTES,
        "include_dashboard": False,
        "namespace": "serve",
        "log_to_driver": False,
        "logging_level": "error",
        "_temp_dir": folder,
        "_metrics_export_port": get_settings().metrics_port,
        **options,
    }
    for attempt in range(1, START_ATTEMPTS + 1):
        try:
            ray.init(**arguments)
            return
        except Exception as error:
            ray.shutdown()
            if attempt == START_ATTEMPTS:
                raise ClusterFailed(_no_ray(error, arguments["_temp_dir"])) from error
            # a loaded machine can miss Ray's fixed 30 s at the first try
            time.sleep(1.0)


def _no_ray(error: Exception, folder: str) -> str:
    return (
        f"Ray did not start in {START_ATTEMPTS} attempts: {_first_line(error)}. "
        f"Its logs are in {folder}/session_latest/logs. "
        "Ray waits 30 seconds for its own processes: end other programs on this machine, then start again"
    )


def _first_line(error: Exception) -> str:
    return f"{error}".strip().partition("\n")[0].rstrip(".") or type(error).__name__


def free_port(preferred: int | None = None) -> int:
    """``preferred`` if it is free on loopback, else any free port."""
    for port in filter(None, (preferred, 0)) if preferred else (0,):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    return free_port()


def read_config(path: Path) -> dict[str, Any]:
    """A Serve config file. Raises Misconfigured when it is not one."""
    try:
        config = yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise Misconfigured(f"{path} cannot be read: {error}; name another Serve config") from error
    if not isinstance(config, dict) or not config.get("applications"):
        raise Misconfigured(f"{path} names no applications; name another Serve config, as serve_config.yaml is one")
    return config


@contextmanager
def serving(config: dict[str, Any], tell: Callable[[str], None], **ray_options: Any) -> Iterator[str]:
    """Serve a config for the time of the block; gives the base URL. Raises ClusterFailed."""
    http = dict(config.get("http_options") or {})
    host, wanted = http.get("host", "127.0.0.1"), http.get("port", 8000)
    port = free_port(wanted)
    if port != wanted:
        tell(f"port {wanted} is taken; serving on {port}")
    with local_ray(**ray_options):
        from ray.serve.schema import ServeDeploySchema

        logging.getLogger("ray.serve").setLevel(logging.WARNING)
        schema = ServeDeploySchema.model_validate(config | {"http_options": {**http, "host": host, "port": port}})
        with _deployed(schema):
            wait_until_ready([app.name for app in schema.applications], tell)
            yield f"http://{host}:{port}"


@contextmanager
def _deployed(schema: Any) -> Iterator[None]:
    from ray import serve
    from ray.exceptions import RayError

    try:
        try:
            serve.start(http_options=schema.http_options.model_dump(exclude_unset=True))
            _client().deploy_apps(schema)
        except (RayError, RuntimeError, TimeoutError) as error:
            reason = _first_line(error)
            raise ClusterFailed(f"Ray Serve did not start: {reason}. End other programs, then start again") from error
        yield
    finally:
        with _quiet():
            serve.shutdown()


def _client() -> Any:
    from ray.serve.context import _get_global_client

    return _get_global_client()


def wait_until_ready(names: list[str], tell: Callable[[str], None], seconds: float = READY_SECONDS) -> None:
    """Return when every application runs. Raises ClusterFailed at once when one cannot, with its replica's error."""
    from ray import serve

    until, last, lacked = time.monotonic() + seconds, "", 0
    while True:
        apps = serve.status().applications
        for name in names:
            if name in apps and apps[name].status.value in {"DEPLOY_FAILED", "UNHEALTHY"}:
                raise ClusterFailed(_reason(name, apps[name]))
        counts = [_count(apps[name]) if name in apps else (0, 0) for name in names]
        line = f"{sum(up for up, _ in counts)} of {sum(of for _, of in counts)} replicas are up"
        if line != last and any(of for _, of in counts):
            tell(line)
            last = line
        if all(name in apps and apps[name].status.value == "RUNNING" for name in names):
            return
        # a replica that ends and its successor may both be listed for a moment
        lacked = lacked + 1 if (lines := _without_room(names)) else 0
        if lacked > PATIENT_LOOKS:
            raise ClusterFailed("\n".join(lines))
        if time.monotonic() > until:
            raise ClusterFailed(f"not ready after {seconds:g} s: {line}. {_pending(apps)}")
        time.sleep(0.5)


def _without_room(names: list[str]) -> list[str]:
    import ray

    details = _client().get_serve_details()["applications"]
    return lacking({name: details[name] for name in names if name in details}, ray.nodes())


def _count(app: Any) -> tuple[int, int]:
    states = [deployment.replica_states for deployment in app.deployments.values()]
    return sum(s.get("RUNNING", 0) for s in states), sum(sum(s.values()) for s in states)


def _reason(name: str, app: Any) -> str:
    messages = [f"  {n}: {d.message}" for n, d in app.deployments.items() if d.message and d.status.value != "HEALTHY"]
    return "\n".join([f"application {name}: {_plain(app.message)}", *messages])


def _plain(message: str) -> str:
    """An error of ours without the lines that led to it: it says itself what to do."""
    last = message.strip().rpartition("\n")[2]
    return last.partition(": ")[2] if last.startswith("foundation.errors.") else message


def _pending(apps: Mapping[str, Any]) -> str:
    waiting = [
        f"{app}/{name} ({state.message or state.status.value})"
        for app, status in apps.items()
        for name, state in status.deployments.items()
        if state.status.value != "HEALTHY"
    ]
    return "waiting for " + ", ".join(waiting) if waiting else ""
