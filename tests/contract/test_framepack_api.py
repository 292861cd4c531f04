"""The routes of seed 002: one picture, a batch, a transfer, and the job that each becomes."""

import io
import json

import httpx2
import numpy as np
import pytest
from PIL import Image

from foundation.images import png_text
from tests.support.framepack_client import SMALL, base64_of
from tests.support.waiting import until


def pixels(http, url):
    answer = http.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    return Image.open(io.BytesIO(answer.content))


def test_a_client_of_the_new_api_gets_its_picture(framepack_client):
    http = framepack_client.http
    accepted = http.post("/api/generate-image", json={"prompt": "a harbour", "seed": 7} | SMALL).json()
    assert accepted["message"] == "Image generation job added to queue."
    assert accepted["type"] == "image"
    framepack_client.ended(accepted["job_id"])
    payload = httpx2.get(accepted["status_url"]).json()
    assert payload["id"] == payload["job_id"] == accepted["job_id"]
    assert (payload["type"], payload["status"], payload["progress"], payload["error"]) == (
        "image",
        "completed",
        100,
        None,
    )
    assert payload["created_at"] <= payload["started_at"] <= payload["completed_at"]
    assert payload["data"]["prompt"] == "a harbour"
    assert (payload["step"], payload["total"], payload["info"]) == (2, 2, "picture 1 of 1, step 2 of 2")
    assert (payload["progress_step"], payload["progress_total"], payload["progress_info"]) == (2, 2, payload["info"])
    assert payload["batch_progress"] is None
    assert payload["result"]["engine"] == "local"
    assert payload["result"]["images"] == [
        {"url": payload["result"]["image_path"], "index": 0, "width": 64, "height": 64, "seed": 7}
    ]
    assert pixels(http, payload["result"]["image_path"]).size == (64, 64)


def test_the_draft_makes_a_picture_where_there_are_no_weights(framepack_client, framepack):
    framepack.small.ready = False
    status = framepack_client.ended(framepack_client.image(width=160, height=96))
    assert status["result"]["engine"] == "draft"
    image = pixels(framepack_client.http, status["result"]["image_path"])
    assert image.size == (160, 96)
    assert np.asarray(image.convert("L")).std() > 1


def test_an_engine_that_is_not_ready_ends_in_a_failed_job_that_says_why(framepack_client, framepack):
    framepack.small.ready = False
    status = framepack_client.ended(framepack_client.image(engine="local"), "failed")
    assert status["error_code"] == "engine_not_ready"
    assert "MODEL_DIR has no framepack folder" in status["error"]
    assert status["error_hint"]
    assert status["result"] is None


def test_without_a_seed_two_pictures_differ_and_one_job_keeps_its_own(framepack_client):
    seeds = [
        framepack_client.ended(framepack_client.image(seed=seed))["result"]["images"][0]["seed"]
        for seed in (-1, -1, None)
    ]
    assert len(set(seeds)) == 3
    assert all(seed >= 0 for seed in seeds)


def test_a_batch_gives_each_prompt_its_picture_and_tells_how_far_it_is(framepack_client, framepack):
    prompts = ["dawn", "noon", "night"]
    framepack.close("image")
    job = framepack_client.batch(prompts, seeds=[1, 2, 3])
    framepack_client.running(job)
    until(lambda: framepack_client.job(job)["batch_progress"]["total"] == 3)
    assert framepack_client.job(job)["batch_progress"] == {"total": 3, "completed": 0, "failed": 0, "items": []}
    framepack.open()
    status = framepack_client.ended(job)
    assert [(image["index"], image["seed"]) for image in status["result"]["images"]] == [(0, 1), (1, 2), (2, 3)]
    rows = status["batch_progress"]
    assert (rows["total"], rows["completed"], rows["failed"]) == (3, 3, 0)
    seen = {pixels(framepack_client.http, row["url"]).getpixel((0, 0)) for row in rows["items"]}
    assert len(seen) == 3


def test_one_row_that_fails_keeps_the_others_from_nothing(framepack_client):
    status = framepack_client.ended(framepack_client.batch(["dawn", "FAIL", "night"]))
    first, failed, last = status["result"]["images"]
    assert "url" in first
    assert "url" in last
    assert failed["error"]["code"] == "step_failed"
    assert "it was told to" in failed["error"]["detail"]
    rows = status["batch_progress"]
    assert (rows["completed"], rows["failed"]) == (2, 1)
    assert [row["status"] for row in rows["items"]] == ["completed", "failed", "completed"]
    answer = framepack_client.http.get(f"/api/jobs/{status['id']}/images/1")
    assert answer.status_code == 404
    assert "it was told to" in answer.json()["detail"]


def test_a_batch_of_which_nothing_was_made_has_failed(framepack_client):
    status = framepack_client.ended(framepack_client.batch(["FAIL 1", "FAIL 2"]), "failed")
    assert status["error_code"] == "step_failed"
    assert status["batch_progress"]["failed"] == 2


def test_a_row_of_a_batch_is_there_while_others_are_made_and_is_not_made_twice(framepack_client, framepack):
    begun = framepack.slots["framepack"].begun
    before = begun["image"]
    status = framepack_client.ended(framepack_client.batch(["dawn", "LOST at sea", "night"]))
    assert status["batch_progress"]["completed"] == 3
    # the one whose replica was lost is begun a second time, the others are not
    assert begun["image"] - before == 4


def test_a_sweep_makes_pictures_of_one_seed_further_and_further_in_time(framepack_client, framepack):
    framepack.small.requests.clear()
    status = framepack_client.ended(framepack_client.image(rope_sweep=3, target_index=61.5, seed=4))
    assert [image["seed"] for image in status["result"]["images"]] == [4] * 3
    assert [requested["target_index"] for requested, _ in framepack.small.requests] == [61.5, 62.5, 63.5]
    framepack.small.requests.clear()
    framepack_client.ended(framepack_client.image(rope_sweep=4, target_index=62))
    # what lies behind 64 is left out
    assert sorted(requested["target_index"] for requested, _ in framepack.small.requests) == [62, 63, 64]
    framepack.small.requests.clear()
    framepack_client.ended(framepack_client.image(rope_sweep=2, layout="musubi"))
    assert sorted(requested["target_index"] for requested, _ in framepack.small.requests) == [9, 10]


def test_a_transfer_hands_over_both_pictures_and_masks_and_keeps_the_source_s_shape(framepack_client, framepack):
    framepack.small.requests.clear()
    status = framepack_client.ended(framepack_client.transfer(source_mask=base64_of(64, 96), transfer_strength=0))
    requested, files = framepack.small.requests[0]
    assert set(files) == {"source", "target", "source_mask"}
    assert (requested["width"], requested["height"]) == (64, 96)
    assert (requested["transfer_strength"], requested["control_index"], requested["target_index"]) == (0, 10, None)
    result = pixels(framepack_client.http, status["result"]["image_path"]).convert("RGB")
    source = Image.open(io.BytesIO(files["source"])).convert("RGB")
    assert np.array_equal(np.asarray(result), np.asarray(source))
    input_image = framepack_client.http.get(f"/input_image/{status['id']}")
    assert Image.open(io.BytesIO(input_image.content)).size == (64, 96)


def test_a_large_source_is_fitted_into_the_model_s_area_in_its_shape(framepack_client):
    status = framepack_client.ended(framepack_client.transfer(source_image=base64_of(3000, 1500)))
    width, height = status["data"]["width"], status["data"]["height"]
    assert width % 16 == height % 16 == 0
    assert width * height <= 1.02 * 1216 * 704
    assert width / height == pytest.approx(2, rel=0.03)


def test_a_start_picture_reaches_the_model(framepack_client, framepack):
    framepack.small.requests.clear()
    framepack_client.ended(framepack_client.image(start_image="data:image/png;base64," + base64_of(64, 64)))
    assert set(framepack.small.requests[0][1]) == {"start"}


def test_previews_and_parameters_come_unless_they_are_unwanted(framepack_client):
    status = framepack_client.ended(framepack_client.image("雨の屋根", seed=3))
    data = framepack_client.http.get(status["result"]["image_path"]).content
    message = json.loads(png_text(data)["parameters"])
    assert (message["prompt"], message["seed"], message["engine"], message["job_id"]) == (
        "雨の屋根",
        3,
        "local",
        status["id"],
    )
    quiet = framepack_client.ended(framepack_client.image(previews=False, metadata=False))
    assert quiet["preview"] is None
    assert png_text(framepack_client.http.get(quiet["result"]["image_path"]).content) == {}


def test_the_last_preview_stays_until_there_is_another(framepack_client, framepack):
    framepack.close("image", only=lambda request, files: request["prompt"] == "held")
    job = framepack_client.batch(["seen", "held"])
    until(lambda: (framepack_client.job(job)["batch_progress"] or {}).get("completed") == 1)
    status = framepack_client.job(job)
    assert status["info"] == "picture 1 of 2, step 2 of 2"
    assert status["preview"].startswith("data:image/jpeg;base64,")
    framepack.open()
    assert framepack_client.ended(job)["preview"] is None


def test_a_job_is_run_once(framepack_client, framepack):
    before = framepack.slots["framepack"].begun["image"]
    framepack_client.ended(framepack_client.image())
    assert framepack.slots["framepack"].begun["image"] == before + 1


def test_an_own_id_is_idempotent(framepack_client):
    http, body = framepack_client.http, {"prompt": "mine", "job_id": "own-1", "start_image": base64_of(64, 64)} | SMALL
    answers = [http.post("/api/generate-image", json=body) for _ in range(2)]
    assert [answer.json()["job_id"] for answer in answers] == ["own-1", "own-1"]
    other = http.post("/api/generate-image", json=body | {"steps": 3})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    film = http.post("/api/batch-images", json={"prompts": ["mine"], "job_id": "own-1"} | SMALL)
    assert film.status_code == 409
    framepack_client.ended("own-1")


def test_jobs_are_listed_newest_first_by_type_and_status(framepack_client):
    failed = framepack_client.batch(["FAIL"])
    framepack_client.ended(failed, "failed")
    done = framepack_client.image()
    framepack_client.ended(done)
    listed = framepack_client.http.get("/api/jobs", params={"limit": 2}).json()
    assert [job["id"] for job in listed["jobs"]] == [done, failed]
    assert listed["total"] > 2
    by_kind = framepack_client.http.get("/api/jobs", params={"type": "batch_image", "status": "failed"}).json()
    assert by_kind["jobs"][0]["id"] == failed
    assert {job["type"] for job in by_kind["jobs"]} == {"batch_image"}
    assert {job["status"] for job in by_kind["jobs"]} == {"failed"}


def test_unknown_jobs_are_not_found(framepack_client):
    for path in ("/api/jobs/none", "/api/jobs/none/images/0", "/api/jobs/none/film", "/status/none", "/result/none"):
        answer = framepack_client.http.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path


def test_the_front_page_tells_which_engines_can_work(framepack_client, framepack):
    framepack.small.ready = False
    payload = framepack_client.http.get("/").json()
    assert payload["engines"]["draft"]["ready"] is True
    assert payload["engines"]["local"] == {"ready": False, "detail": "MODEL_DIR has no framepack folder", "servers": []}
