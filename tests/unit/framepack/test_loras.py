"""Names of LoRAs lead nowhere but into LORA_DIR."""

import pytest

from serve_app.framepack.loras import check_lora, list_loras, requested_loras
from serve_app.jobs.fields import WrongField


@pytest.fixture
def folder(tmp_path):
    result = tmp_path / "loras"
    (result / "people").mkdir(parents=True)
    for name in ("ink.safetensors", "people/anna.safetensors", "old.pt", "old.bin"):
        (result / name).write_bytes(b"x")
    (tmp_path / "secret.safetensors").write_bytes(b"x")
    (result / "link.safetensors").symlink_to(tmp_path / "secret.safetensors")
    (result / "folder.safetensors").mkdir()
    return result


def test_only_safetensors_of_the_folder_are_listed(folder):
    assert list_loras(folder) == ["ink.safetensors", "people/anna.safetensors"]
    assert list_loras(folder / "nowhere") == []


def test_scales_are_one_unless_they_are_given(folder):
    names = ["people/anna.safetensors", "ink.safetensors"]
    assert [lora[1:] for lora in requested_loras(names, None)] == [(names[0], 1.0), (names[1], 1.0)]
    assert [lora[1:] for lora in requested_loras(names, [0.5, -2.0])] == [(names[0], 0.5), (names[1], -2.0)]
    assert requested_loras(None, None) == requested_loras([], []) == []
    for lora in requested_loras(names, None):
        check_lora(folder, lora)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.safetensors",
        "people/../../secret.safetensors",
        "/etc/passwd",
        "/etc/x.safetensors",
        "link.safetensors",
        "folder.safetensors",
        "nobody.safetensors",
        "old.pt",
        "old.bin",
        "ink.safetensors\0",
        "..\\secret.safetensors",
        "",
        "x" * 5000 + ".safetensors",
    ],
)
def test_what_is_no_lora_of_the_folder_is_refused_by_its_place(folder, name):
    _, wrong = requested_loras(["ink.safetensors", name], None)
    with pytest.raises(WrongField) as refused:
        check_lora(folder, wrong)
    assert refused.value.field.pointer == "/lora_paths/1"
    assert refused.value.error.detail.startswith("lora_paths/1: ")
    assert refused.value.error.status == 422
