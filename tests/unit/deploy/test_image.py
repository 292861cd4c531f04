"""The Dockerfile: two stages, no root, nothing fetched but packages, and all that it copies is there."""

import json
import re
import shlex
import subprocess

import pytest
from dockerfile_parse import DockerfileParser

from deployments.cluster import ROOT
from deployments.proxy import CALLBACK
from foundation.settings import Settings

CARDS = {
    "NVIDIA_VISIBLE_DEVICES": "all",
    "NVIDIA_DRIVER_CAPABILITIES": "compute,utility",
    "LD_LIBRARY_PATH": "/usr/local/nvidia/lib64",
}
DOCKERFILE = ROOT / "deploy" / "Dockerfile"


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    # the parser opens its file for writing
    copy = tmp_path_factory.mktemp("image") / "Dockerfile"
    copy.write_text(DOCKERFILE.read_text())
    return [each for each in DockerfileParser(str(copy)).structure if each["instruction"] != "COMMENT"]


def values(steps, instruction):
    return [each["value"] for each in steps if each["instruction"] == instruction]


def test_two_stages_of_one_pinned_image(steps):
    assert values(steps, "FROM") == ["${PYTHON_IMAGE} AS build", "${PYTHON_IMAGE} AS run"]
    (image, index) = values(steps, "ARG")
    assert re.fullmatch(r"PYTHON_IMAGE=python:3\.1[12]\.\d+-slim-\w+", image)
    assert index == 'TORCH_INDEX=""'


def test_it_runs_as_nobody_special(steps):
    assert values(steps, "USER") == ["koma"]
    last_run = max(n for n, each in enumerate(steps) if each["instruction"] == "RUN")
    user = next(n for n, each in enumerate(steps) if each["instruction"] == "USER")
    assert user > last_run


def test_a_login_shell_finds_ray(steps, tmp_path):
    """The launcher and KubeRay start it from one, and Debian's profile sets PATH anew."""
    (line,) = [line for line in values(steps, "RUN") if "/etc/profile.d/koma.sh" in line]
    answer = re.search(r"echo '([^']*)' > /etc/profile.d/koma.sh", line)[1]
    (tmp_path / ".bash_profile").write_text(f"PATH=/usr/bin\n{answer}\n")
    process = subprocess.run(
        ["bash", "--login", "-c", "echo $PATH"], env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert process.stdout.strip() == "/koma/.venv/bin:/usr/bin"


def test_weights_are_a_volume_and_are_never_fetched(steps):
    assert "/models" in json.loads(values(steps, "VOLUME")[0])
    for line in values(steps, "RUN"):
        assert not re.search(
            r"\b(curl|wget|git|fetch_models|huggingface-cli|hf)\b(?! &&)", line.replace("rsync wget", "")
        )
        assert "://" not in line
    assert "fetch" not in values(steps, "CMD")[0]


def test_all_that_is_copied_is_there_and_all_that_is_imported_is_copied(steps):
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    options = {line[1:] for line in ignored if line.startswith("!")}
    sources = [word for line in values(steps, "COPY") if "--from" not in line for word in shlex.split(line)[:-1]]
    for source in sources:
        assert list(ROOT.glob(source)), source
        assert source in options, f"{source} is ignored by .dockerignore"
    rooms = {"foundation", "engines", "serve_app", "deployments", "graphs", "assets", "scripts"}
    assert rooms <= set(sources)


def test_no_secret_and_no_registry_is_in_it():
    text = DOCKERFILE.read_text()
    assert not re.search(r"https?://(?!127\.0\.0\.1)", text)
    for name, field in Settings.model_fields.items():
        if "SecretStr" in str(field.annotation):
            assert name.upper() not in text


def test_what_it_tells_the_house_are_settings_or_known_names(steps):
    options = dict(pair.split("=", 1) for pair in shlex.split(values(steps, "ENV")[0]))
    # shares of a card are laid beside each other, and a CPU replica sees none
    ours = {"RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "RAY_SERVE_USE_PACK_SCHEDULING_STRATEGY"}
    callback = "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH"
    others = ours | {"PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "RAY_USAGE_STATS_ENABLED", callback, *CARDS}
    assert set(options) - others <= {name.upper() for name in Settings.model_fields}
    assert {options[name] for name in ours} == {"1"}
    assert options[callback] == CALLBACK
    # without these a container has neither the devices nor the driver's libraries
    assert {name: options[name] for name in CARDS} == CARDS


def test_its_command_is_one_that_serve_knows(steps):
    python, *arguments = json.loads(values(steps, "CMD")[0])
    helped = subprocess.run(
        [ROOT / ".venv" / "bin" / python, *arguments[:2], "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True, env={"COLUMNS": "200", "PATH": "/usr/bin"},
    )  # fmt: skip
    for option in (each for each in arguments if each.startswith("--")):
        assert option in helped.stdout


def test_the_launchers_packages_are_pinned_and_contradict_no_others():
    def pins(name):
        found = re.findall(r"^([\w.-]+)==(\S+)$", (ROOT / name).read_text(), re.MULTILINE)
        return {name.lower().replace("_", "-"): version for name, version in found}

    launcher, application = pins("deploy/requirements-launcher.lock"), pins("requirements.lock")
    assert launcher
    assert not set(launcher) & set(application)


@pytest.mark.parametrize(
    ("index", "machine", "lock"),
    [
        ("", "x86_64", "deploy/requirements-cuda.lock"),
        ("https://torch.example/whl/cpu", "x86_64", "deploy/requirements-cpu.lock"),
        ("https://torch.example/whl/cu126", "x86_64", None),
        ("", "aarch64", None),
    ],
)
def test_packages_are_taken_by_their_hashes_where_these_are_known(steps, tmp_path, index, machine, lock):
    """The line of the image in a real shell, with a stand-in for pip that writes down its arguments."""
    (line,) = [each for each in values(steps, "RUN") if "python -m venv" in each]
    line = re.sub(r"--mount=\S+", "", line)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for name, text in {
        ".venv/bin/pip": 'echo "$*" >> calls',
        "bin/python": "true",
        "bin/uname": f"echo {machine}",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    (tmp_path / "requirements.lock").write_text("torch==2.13.0\n")
    environment = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin", "TORCH_INDEX": index}
    subprocess.run(["sh", "-c", line], cwd=tmp_path, env=environment, check=True)
    calls = (tmp_path / "calls").read_text().splitlines()
    if lock:
        (one,) = calls
        assert "--require-hashes" in one
        assert one.endswith(f"-r {lock}")
        assert (index in one) if index else ("index" not in one)
    else:
        assert all("--require-hashes" not in each for each in calls)
        assert any(each.endswith("-r requirements.lock -r deploy/requirements-launcher.lock") for each in calls)


@pytest.mark.parametrize("build", ["cuda", "cpu"])
def test_the_hashed_locks_are_the_locks(build):
    def pins(name):
        found = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
        return {name.lower().replace("_", "-"): version.removesuffix("+cpu") for name, version in found}

    text = (ROOT / "deploy" / f"requirements-{build}.lock").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==\S+ --hash=sha256:[0-9a-f]{64}", line) for line in lines)
    hashed = pins(f"deploy/requirements-{build}.lock")
    wanted = {}
    for name in ("requirements.lock", "deploy/requirements-launcher.lock", "requirements-nodeps.lock"):
        wanted |= pins(name)
    assert {name: hashed.get(name) for name in wanted} == wanted
    assert ("torch==2.13.0+cpu " in text) == (build == "cpu")
    has_cuda = any(name.startswith("nvidia-") for name in hashed)
    assert has_cuda == (build == "cuda")
