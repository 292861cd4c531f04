"""Style tasks on own weights: tiny stand-ins through the real loading code, the real executor and batcher."""

import io
import json

import httpx2
import numpy as np
import pytest
from PIL import Image

from scripts.lib.make_tiny_models import make_diffusion
from tests.support.style_api import SLOW, ended, read_events, send
from tests.support.waiting import until


@pytest.fixture(scope="module")
def style_environment(tmp_path_factory):
    models, workflows = tmp_path_factory.mktemp("models"), tmp_path_factory.mktemp("workflows")
    make_diffusion(["tiny-sd15"], models)
    name = next(path.name for path in (models / "checkpoints").iterdir() if path.suffix == ".safetensors")
    small = json.loads(json.dumps(SLOW).replace('"steps": 900', '"steps": 4'))
    (workflows / "slow.json").write_text(json.dumps(SLOW))
    (workflows / "small.json").write_text(json.dumps(small))
    return {"MODEL_DIR": str(models), "WORKFLOW_DIR": str(workflows), "STYLE_CHECKPOINT": name}


@pytest.fixture
def http(style):
    with httpx2.Client(base_url=style.url, timeout=60) as instance:
        yield instance


def picture(task):
    return Image.open(io.BytesIO(httpx2.get(task["output_image_url"]).content))


def test_auto_takes_own_weights_and_the_seed_decides(http):
    first, again, other = (ended(http, send(http, workflow="small", seed=seed)["task_id"]) for seed in (1, 1, 2))
    assert first["status"] == "completed", first
    assert first["engine"] == "local"
    pixels = [np.asarray(picture(message)) for message in (first, again, other)]
    assert pixels[0].shape == (64, 64, 3)
    assert np.array_equal(pixels[0], pixels[1])
    assert not np.array_equal(pixels[0], pixels[2])


def test_tasks_side_by_side_give_what_they_give_alone_and_share_calls(http):
    alone = [picture(ended(http, send(http, workflow="small", seed=n)["task_id"])) for n in (1, 2, 3)]
    before = http.get("/health").json()["engines"]["local"]["servers"][0]
    tasks = [send(http, workflow="small", seed=n + 10, custom_prompt=f"picture {n}")["task_id"] for n in range(3)]
    [ended(http, task) for task in tasks]
    tasks = [send(http, workflow="small", seed=n)["task_id"] for n in (1, 2, 3)]
    together = [picture(ended(http, task)) for task in tasks]
    after = http.get("/health").json()["engines"]["local"]["servers"][0]
    for one, other in zip(alone, together, strict=True):
        assert np.array_equal(np.asarray(one), np.asarray(other))
    calls, rows = (after[key] - before[key] for key in ("unet_calls", "unet_rows"))
    assert rows == 6 * 4 * 2
    assert calls <= 6 * 4


def test_metadata_is_left_out_unless_asked_for(http):
    plain = picture(ended(http, send(http, workflow="small")["task_id"]))
    status = picture(ended(http, send(http, workflow="small", custom_prompt="a secret", keep_metadata=True)["task_id"]))
    assert plain.info == {}
    assert "a secret" in status.info["prompt"]


def test_steps_and_previews_are_told(http):
    accepted = send(http, workflow="small", previews=True)
    events = [event for _, event in read_events(http.get("/api" + accepted["events_url"].partition("/api")[2]).text)]
    steps = [event for event in events if event["type"] == "progress"]
    assert [(event["value"], event["max"]) for event in steps] == [(n, 4) for n in (1, 2, 3, 4)]
    previews = [event["preview"] for event in steps if "preview" in event]
    # the first at once, the others not more often than a person sees
    assert steps[0]["preview"] == previews[0]
    assert all(preview.startswith("data:image/jpeg;base64,") for preview in previews)


def test_auto_draws_where_a_file_of_the_workflow_is_missing(http):
    status = ended(http, send(http, workflow="style_outlines")["task_id"])
    assert (status["status"], status["engine"]) == ("completed", "draft")
    assert "not comfyui: no ComfyUI server is named" in status["engine_reason"]
    assert "control_v11p_sd15_canny.safetensors in MODEL_DIR/controlnet" in status["engine_reason"]
    named = ended(http, send(http, workflow="style_outlines", engine="local")["task_id"])
    assert named["error_code"] == "ENGINE_NOT_READY"
    assert "control_v11p_sd15_canny.safetensors in MODEL_DIR/controlnet" in named["error_message"]


def test_the_end_says_which_engine_worked_and_why(http):
    accepted = send(http, workflow="small")
    events = [event for _, event in read_events(http.get("/api" + accepted["events_url"].partition("/api")[2]).text)]
    assert events[-1]["type"] == "completed"
    assert events[-1]["engine"] == "local"
    assert events[-1]["engine_reason"].startswith("local has all that the task needs; not comfyui: ")
    named = ended(http, send(http, workflow="small", engine="local")["task_id"])
    assert named["engine_reason"] == "local is requested by name"


def test_cancel_reaches_the_sampler(http):
    task = send(http, workflow="slow")["task_id"]
    until(lambda: http.get("/health").json()["engines"]["local"]["servers"][0]["active_runs"] == 1)
    http.post(f"/api/v1/task/{task}/cancel")
    assert ended(http, task)["error_code"] == "TASK_CANCELLED"
    until(lambda: http.get("/health").json()["engines"]["local"]["servers"][0]["active_runs"] == 0)
