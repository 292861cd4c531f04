"""Seed 000 to the letter: its client runs unchanged, every field of its answers is there."""

import asyncio
import io
import json
import re
import uuid

import httpx2
import numpy as np
import pytest
from PIL import Image

from tests.contract.inpaint_client import IOPaintClient
from tests.support.pictures import REGIONS, page

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
BOXES = [{"bounding_box": box} for box in REGIONS]


@pytest.fixture
def client(inpaint):
    return IOPaintClient(inpaint.url)


@pytest.fixture
def http(inpaint):
    with httpx2.Client(base_url=inpaint.url, timeout=30) as instance:
        yield instance


def mask_of(regions=REGIONS):
    mask = np.zeros((260, 320), dtype=bool)
    for r in regions:
        mask[r["y"] : r["y"] + r["height"], r["x"] : r["x"] + r["width"]] = True
    return mask


def check_picture(content):
    after, before = np.asarray(Image.open(io.BytesIO(content))), np.asarray(page())
    mask = mask_of()
    assert np.array_equal(after[~mask], before[~mask])
    assert not np.array_equal(after[mask], before[mask])


async def test_the_synchronous_client_gets_the_picture_and_the_headers(client, page_file):
    content, headers = await client.remove_text_regions(page_file, REGIONS)
    check_picture(content)
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Regions-Count"] == "2"
    assert headers["X-Total-Area"] == str(160 * 60 + 120 * 40)
    assert float(headers["X-Processing-Time"]) > 0
    assert STAMP.match(headers["X-Timestamp"])
    assert "filename" in headers["Content-Disposition"]


async def test_the_statistics_have_their_fields(client, page_file):
    stats = await client.stats(page_file, REGIONS)
    assert stats["success"] is True
    assert stats["message"] == "Successfully processed 2 regions"
    assert STAMP.match(stats["timestamp"])
    answer = stats["processing_stats"]
    assert answer["processing_time"] > 0
    assert {k: answer[k] for k in ("regions_processed", "total_area", "image_dimensions")} == {
        "regions_processed": 2,
        "total_area": 14400,
        "image_dimensions": {"width": 320, "height": 260},
    }


async def test_the_asynchronous_client_relays_a_task_to_its_end(client, page_file):
    task_id = str(uuid.uuid4())
    accepted = await client.inpaint_regions_async(page_file, BOXES, task_id)
    assert (accepted["task_id"], accepted["status"]) == (task_id, "pending")
    assert accepted["message"] == "Started processing 2 regions"
    assert accepted["estimated_time"] is None
    assert accepted["websocket_url"].endswith(f"/api/v1/ws/progress/{task_id}")
    relayed = []

    async def send(message):
        relayed.append(json.loads(message))

    await client.relay(task_id, send)
    check_messages(relayed, task_id)
    status, final_status = await client.get(f"task-status/{task_id}")
    assert status == 200
    check_task(final_status, task_id)


def check_messages(relayed, task_id):
    first, snapshot, *updates, last = relayed
    assert first["type"] == "connection_established"
    assert first["connection_id"]
    assert first["task_id"] == task_id
    for each in (snapshot, *updates):
        assert set(each) == {
            *("type", "task_id", "session_id", "status", "stage", "progress", "stage_progress", "message"),
            *("timestamp", "current_region", "total_regions", "elapsed_time", "estimated_remaining"),
        }
        assert (each["type"], each["task_id"], each["session_id"]) == ("progress_update", task_id, None)
    assert [u["progress"] for u in updates] == sorted(u["progress"] for u in updates)
    assert last["type"] == "task_completed"
    assert set(last["result"]) == {"processed_image_path", "processing_time", "regions_processed"}
    assert last["result"]["regions_processed"] == 2
    check_picture(httpx2.get(last["result"]["processed_image_path"]).content)


def check_task(task, task_id):
    assert (task["task_id"], task["status"], task["stage"]) == (task_id, "completed", "finalizing")
    assert (task["overall_progress"], task["stage_progress"]) == (100, 100)
    assert (task["current_region"], task["total_regions"]) == (2, 2)
    assert task["elapsed_time"] > 0
    assert task["estimated_remaining"] is None
    assert task["error_message"] is None
    assert task["message"]
    assert task["created_at"] <= task["started_at"] <= task["completed_at"]


def test_the_service_tells_of_itself(http):
    root = http.get("/").json()
    assert set(root) == {"name", "version", "status", "docs", "health", "model", "device"}
    assert (root["name"], root["status"]) == ("IOPaint Text Removal Service", "running")
    health = http.get("/api/v1/health").json()
    assert {k: health[k] for k in ("status", "message", "version")} == {
        "status": "healthy",
        "message": "IOPaint service is running",
        "version": "1.0.0",
    }
    assert STAMP.match(health["timestamp"])
    model = http.get("/api/v1/model").json()
    assert set(model) == {"name", "device", "status", "parameters"}
    # no weights are here: the draft engine serves, and says so
    assert (model["name"], model["device"], model["status"]) == ("cv2", "cpu", "ready")
    assert model["parameters"]["engine"] == "draft"
    assert model["parameters"]["requested"] == "lama"


def test_info_names_the_limits_and_what_has_no_effect(http):
    info = http.get("/api/v1/info").json()
    assert info["name"] == "IOPaint Text Removal Service"
    assert info["capabilities"] == [
        *("text_inpainting", "mask_based_inpainting", "region_based_inpainting", "multiple_models"),
        "gpu_acceleration",
    ]
    limits = info["limits"]
    assert (limits["max_image_size"], limits["max_file_size"], limits["request_timeout"]) == (2048, 52428800, 300)
    assert limits["supported_formats"] == ["JPEG", "PNG", "WebP"]
    assert "no effect" in info["settings"]["IOPAINT_LOW_MEM"]
    assert "no effect" in info["settings"]["IOPAINT_CPU_OFFLOAD"]


def test_tasks_are_counted(http):
    counts = http.get("/api/v1/tasks").json()
    assert set(counts) == {"total_tasks", "active_tasks", "completed_tasks", "error_tasks", "active_task_ids"}
    assert counts["total_tasks"] >= counts["completed_tasks"] >= 1


def test_a_task_that_is_not_there_is_told_as_ever(http):
    for path, method in (("task-status/none", "GET"), ("cancel-task/none", "POST")):
        answer = http.request(method, f"/api/v1/{path}")
        assert answer.status_code == 404
        assert answer.json()["detail"] == "Task none not found"


async def test_a_late_joiner_gets_a_snapshot_and_the_end(client, page_file, http):
    task_id = str(uuid.uuid4())
    await client.inpaint_regions_async(page_file, BOXES, task_id)
    for _ in range(200):
        if http.get(f"/api/v1/task-status/{task_id}").json()["status"] == "completed":
            break
        await asyncio.sleep(0.05)
    relayed = []

    async def send(message):
        relayed.append(json.loads(message))

    await client.relay(task_id, send)
    assert [m["type"] for m in relayed] == ["connection_established", "progress_update", "task_completed"]
    assert relayed[1]["status"] == "completed"
