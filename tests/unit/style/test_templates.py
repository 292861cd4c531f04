"""Koma's workflow templates against the nodes of the executor: nothing but files is missing."""

from pathlib import Path

import pytest

from engines.comfy.context import ComfyContext
from engines.comfy.outputs import MemoryOutputs
from engines.comfy.validate import validate
from engines.diffusion.weights.library import Library
from engines.style.workflows import Request, load_workflows, write_request
from graphs.style.app import ASSETS

TEMPLATES = load_workflows([ASSETS / "workflows"])
FILES = {"ckpt_name", "control_net_name"}


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_only_files_are_missing(tmp_path: Path, name):
    workflow = write_request(TEMPLATES[name], Request("in.png", "a house", "fog", 0.5, 1))
    report = validate(workflow, ComfyContext(Library(tmp_path), tmp_path, MemoryOutputs()))
    errors = [error for entry in report.node_errors.values() for error in entry["errors"]]
    kinds = {error["type"] for error in errors}
    assert kinds <= {"value_not_in_list", "custom_validation_failed"}, errors
    named = {error["extra_info"]["input_name"] for error in errors if error["type"] == "value_not_in_list"}
    assert named <= FILES
    assert named
