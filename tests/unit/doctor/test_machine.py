"""Ports, disks, packages and cards in real states."""

import os
import shutil
import socket

import pytest

from scripts.lib.doctor import engines, machine
from tests.support.servers import free_port
from tests.unit.doctor.findings import settings_of, state


def test_a_port_that_is_free_and_one_that_another_program_holds(tmp_path):
    port = free_port()
    config = tmp_path / "serve.yaml"
    config.write_text(f"http_options: {{host: 127.0.0.1, port: {port}}}\n")
    assert machine.ports(None, config)[0].state == "ready"
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", port))
        holder.listen(0)
        # nobody accepts: neither Koma nor a web server is there
        found = machine.ports(None, config)
    # whatever holds it, the fix names the setting
    assert state(found, f"port {port}")[0] == "missing"
    assert "or change http_options.port in serve.yaml" in found[0].fix


def test_folders_that_are_missing_or_files(tmp_path):
    (tmp_path / "file").touch()
    found = machine.disks(settings_of(tmp_path / "data", model_dir=tmp_path / "models"))
    assert [each.state for each in found] == ["ready", "ready"]
    assert "(not there yet)" in found[1].detail
    (found, _) = machine.disks(settings_of(tmp_path / "file" / "data"))
    assert (found.state, found.fix) == ("broken", "set KOMA_DATA_DIR to a folder")
    (*_, own) = engines.assets(settings_of(tmp_path, style_dir=tmp_path / "styles"))
    assert (own.name, own.state) == ("STYLE_DIR", "broken")


@pytest.mark.skipif(not os.path.ismount("/dev/shm"), reason="a small disk is needed")
def test_a_disk_with_little_room_is_told(tmp_path, monkeypatch):
    free = shutil.disk_usage("/dev/shm").free / machine.GIB
    monkeypatch.setattr(machine, "LOW_GIB", free + 1)
    assert machine.disks(settings_of("/dev/shm/koma"))[0].state == "missing"
    monkeypatch.setattr(machine, "LEAST_GIB", free + 1)
    assert machine.disks(settings_of("/dev/shm/koma"))[0].state == "broken"


def test_python_and_packages():
    (python, packages) = machine.python(None)
    assert (python.state, packages.state) == ("ready", "ready"), packages.detail


def test_packages_that_differ_are_named(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text("# a comment\nrich==0.0.1\nnot-a-package-of-anybody==1.0\nwebsockets==17.4\n")
    first, second = machine._differing(lock)
    assert first.endswith("instead of 0.0.1")
    assert second == "not-a-package-of-anybody not installed instead of 1.0"


def test_a_card_that_was_asked_for_and_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert machine.cards(settings_of(tmp_path))[0].state == "missing"
    assert machine.cards(settings_of(tmp_path, iopaint_device="cuda"))[0].state == "broken"


def test_a_card_that_torch_does_not_see(tmp_path, monkeypatch):
    import torch

    if torch.cuda.is_available():
        pytest.skip("torch sees a card")
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho '0, NVIDIA L4, 23034, 22000, 580.95.05'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    card, library = machine.cards(settings_of(tmp_path))
    assert (card.state, card.detail) == ("ready", "NVIDIA L4, 22000 of 23034 MiB free")
    assert library.state == "broken"


@pytest.mark.parametrize(
    ("driver", "cuda", "old"),
    [
        ("570.86.10", "13.0", True),
        ("580.65.06", "13.0", False),
        ("570.86.10", "12.6", False),
        ("590.44.01", "12.8", False),
        ("470.82.01", "12.8", True),
        ("570.86.10", None, False),
    ],
)
def test_a_driver_is_compared_with_the_cuda_of_torch(driver, cuda, old):
    assert machine.is_too_old(driver, cuda) is old


def test_a_driver_that_is_too_old_is_named_with_what_is_needed(tmp_path, monkeypatch):
    import torch

    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho '0, NVIDIA L4, 23034, 22000, 570.86.10'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    (_, driver) = machine.cards(settings_of(tmp_path))
    assert (driver.name, driver.state) == ("driver", "broken")
    assert driver.detail == "torch is built for CUDA 13.0, which needs driver 580 or newer; the driver is 570.86.10"
