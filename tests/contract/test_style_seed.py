"""Seed 004 to the letter: its client runs unchanged, every field of its answers is there."""

import asyncio
import io
import re

import httpx2
import numpy as np
import pytest
from PIL import Image

from tests.contract.style_client import (
    StyleTransformService,
    poll_task_status,
    process_batch_images,
    robust_transform_image,
)
from tests.support.pictures import page

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@pytest.fixture
def service(style):
    return StyleTransformService(style.url)


@pytest.fixture
def http(style):
    with httpx2.Client(base_url=style.url, timeout=30) as instance:
        yield instance


def picture(url):
    answer = httpx2.get(url)
    assert answer.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(answer.content))


async def test_the_client_submits_polls_and_gets_its_picture(service, pictures):
    accepted = await service.transform_image("user_12345", f"{pictures}/page.png")
    assert accepted["success"] is True
    assert accepted["status"] == "pending"
    assert accepted["message"] == "任务已创建，正在处理中"
    done = await service.wait_for_completion(accepted["task_id"])
    assert done["task_id"] == accepted["task_id"]
    assert done["progress"] == 100
    assert done["error_message"] is None
    assert STAMP.match(done["created_at"])
    assert STAMP.match(done["completed_at"])
    result = picture(done["output_image_url"])
    assert result.size == page().size
    assert not np.array_equal(np.asarray(result), np.asarray(page()))


async def test_a_batch_is_gathered(service, pictures):
    urls = [f"{pictures}/page.png", f"{pictures}/page.jpg", f"{pictures}/moved"]
    found = await process_batch_images(service, "user_batch", urls)
    assert all(isinstance(url, str) and picture(url).size == page().size for url in found)


async def test_one_broken_picture_of_a_batch_fails_alone(service, pictures):
    urls = [f"{pictures}/page.png", f"{pictures}/text.png", f"{pictures}/nothing"]
    good, broken, missing = await process_batch_images(service, "user_mixed", urls)
    assert picture(good).size == page().size
    assert "not a PNG, JPEG or WebP" in str(broken)
    assert "answered 404" in str(missing)


async def test_the_retrying_client_and_the_polling_callback(service, pictures):
    accepted = await robust_transform_image(service, "user_retry", f"{pictures}/page.png")
    seen = []

    async def callback(status):
        seen.append(status["progress"])

    assert (await poll_task_status(service, accepted["task_id"], callback)).startswith("http")
    assert seen == sorted(seen)
    assert seen[-1] == 100


async def test_batch_ids_are_unique_and_count_their_tasks(service, http, pictures):
    answers = await asyncio.gather(
        *[service.transform_batch("same_user", [f"{pictures}/page.png"] * 2, "anime") for _ in range(3)]
    )
    assert len({answer["batch_id"] for answer in answers}) == 3
    for answer in answers:
        assert (answer["total_count"], answer["completed_count"], answer["failed_count"]) == (2, 0, 0)
        assert [each["message"] for each in answer["results"]] == ["任务已创建"] * 2
        for each in answer["results"]:
            await service.wait_for_completion(each["task_id"])
        payload = http.get(f"/api/v1/transform/batch/{answer['batch_id']}").json()
        assert (payload["total_count"], payload["completed_count"], payload["failed_count"]) == (2, 2, 0)


async def test_a_user_sees_its_own_tasks_newest_first(service, http, pictures):
    ids = []
    for _ in range(3):
        ids.append((await service.transform_image("lister", f"{pictures}/page.png"))["task_id"])
    payload = http.get("/api/v1/user/lister/tasks", params={"limit": 2}).json()
    assert payload["success"] is True
    assert payload["user_id"] == "lister"
    assert payload["total_count"] == 3
    assert [task["task_id"] for task in payload["tasks"]] == ids[::-1][:2]
    assert {"task_id", "status", "progress", "created_at"} <= payload["tasks"][0].keys()
    nobody = http.get("/api/v1/user/nobody/tasks?limit=50").json()
    assert (nobody["success"], nobody["total_count"], nobody["tasks"]) == (True, 0, [])


async def test_statistics_count_tasks_and_users(service, http, pictures):
    before = http.get("/api/v1/stats").json()["stats"]
    accepted = await service.transform_image("a_new_user", f"{pictures}/page.png")
    await service.wait_for_completion(accepted["task_id"])
    after = http.get("/api/v1/stats").json()
    assert after["success"] is True
    assert after["stats"]["total_tasks"] == before["total_tasks"] + 1
    assert after["stats"]["total_users"] == before["total_users"] + 1
    assert after["stats"]["status_counts"].keys() == {"pending", "processing", "completed", "failed"}
    assert after["stats"]["status_counts"]["completed"] >= before["status_counts"]["completed"] + 1


def test_root_and_health_speak_as_the_seed_does(http):
    root = http.get("/").json()
    assert root["status"] == "running"
    assert {"message", "version"} <= root.keys()
    health = http.get("/health")
    assert health.status_code == 200
    payload = health.json()
    assert payload["status"] == "healthy"
    assert payload["comfyui_connected"] is False
    assert {name: engine["ready"] for name, engine in payload["engines"].items()} == {
        "draft": True,
        "local": False,
        "comfyui": False,
    }
    assert "COMFYUI_BASE_URL" in payload["engines"]["comfyui"]["detail"]


def test_an_unknown_task_is_told_in_the_seed_s_words(http):
    answer = http.get("/api/v1/task/nothing")
    assert answer.status_code == 404
    payload = answer.json()
    assert payload["success"] is False
    assert payload["error_code"] == "TASK_NOT_FOUND"
    assert payload["error_message"] == payload["detail"] == "there is no task nothing"
    assert payload["hint"]


def test_styles_are_the_seed_s_five_with_their_prompts(http):
    options = {style["name"]: style["prompt"] for style in http.get("/api/v1/styles").json()["styles"]}
    assert options == {
        "clay": "Clay Style, lovely, 3d, cute",
        "anime": "Anime Style, beautiful, detailed",
        "realistic": "Realistic Style, high quality, detailed",
        "cartoon": "Cartoon Style, colorful, fun",
        "oil_painting": "Oil Painting Style, artistic, classical",
    }
    assert "style_change" in {each["name"] for each in http.get("/api/v1/workflows").json()["workflows"]}
