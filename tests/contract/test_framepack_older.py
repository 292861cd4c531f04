"""The older API as its clients know it: a form and a stream of events, or a form and polling."""

import base64
import io
import json

import httpx2
import numpy as np
import pytest
from PIL import Image

from engines.framepack import mp4
from serve_app.framepack.schemas import VIDEOS
from tests.support.framepack_client import read_events
from tests.support.pictures import page, png
from tests.support.waiting import until

STATUS_FIELDS = {"job_id", "status", "progress", "progress_step", "progress_total", "progress_info"}


def film_of(http, job_id):
    answer = http.get(f"/download/video/{job_id}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    return answer.content


def test_a_client_that_uploads_and_follows_the_stream_gets_its_film(framepack_client):
    http = framepack_client.http
    files = {"image": ("start.jpg", png(page(), format="JPEG"), "image/jpeg")}
    sent = http.post("/generate", data={"prompt": "she waves", "video_length": "2.4", "steps": "4"}, files=files)
    assert sent.json() == {"job_id": sent.json()["job_id"], "message": "Video generation job added to queue."}
    job = sent.json()["job_id"]
    events = read_events(http.get(f"/stream/status/{job}").text)
    *progress, (_, name, last) = events
    assert (name, last) == ("status", {"status": "completed", "message": "Job finished."})
    assert {kind for _, kind, _ in progress} == {"progress"}
    assert all(set(message) == STATUS_FIELDS for _, _, message in progress)
    steps = [message["progress"] for _, _, message in progress]
    assert steps == sorted(steps)
    assert steps[-1] == 100
    assert any("section 2 of 2, step 4 of 4" in (message["progress_info"] or "") for _, _, message in progress)
    # it follows no job twice: what has ended is told at once
    assert read_events(http.get(f"/stream/status/{job}").text)[-1][2]["status"] == "completed"
    result = http.get(f"/result/{job}").json()
    assert result["video_url"] == f"{http.base_url}/download/video/{job}".replace("//download", "/download")
    assert result["thumbnail_base64"].startswith("data:image/jpeg;base64,")
    thumbnail = base64.b64decode(result["thumbnail_base64"].partition(",")[2])
    assert Image.open(io.BytesIO(thumbnail)).format == "JPEG"
    film = mp4.probe(httpx2.get(result["video_url"]).content)
    assert (film.frames, film.fps) == (2 * 36 + 1, 30)
    assert film.width * film.height == pytest.approx(640 * 640, rel=0.05)
    assert film.width / film.height == pytest.approx(320 / 260, rel=0.05)


def test_a_client_that_polls_gets_its_film(framepack_client):
    job = framepack_client.film()
    http = framepack_client.http
    assert set(http.get(f"/status/{job}").json()) == STATUS_FIELDS
    until(lambda: http.get(f"/status/{job}").json()["status"] == "completed")
    assert http.get(f"/status/{job}").json()["progress"] == 100
    assert mp4.probe(film_of(http, job)).frames == 37


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_sections_are_put_together_in_the_order_in_which_they_are_shown(framepack_client, mode):
    job = framepack_client.film(video_length="3.6", sampling_mode=mode, previews="false")
    status = framepack_client.ended(job)
    film = film_of(framepack_client.http, job)
    assert status["result"]["frames"] == mp4.probe(film).frames == 3 * 36 + 1
    # the brightness of each frame is its number
    visible = [float(np.mean(mp4.frame(film, n))) for n in (0, 31, 32, 36, 72, 108)]
    assert visible == pytest.approx([0, 62, 64, 72, 144, 216], abs=3)


def test_the_film_so_far_can_be_seen(framepack_client, framepack):
    framepack.close("section", only=lambda request, files, number, state: number >= 1)
    job = framepack_client.film(video_length="3.6")
    http = framepack_client.http
    until(lambda: (framepack_client.job(job)["batch_progress"] or {}).get("completed") == 1)
    assert http.get(f"/result/{job}").status_code == 404
    assert http.get(f"/download/video/{job}").status_code == 404
    so_far = http.get(f"/api/jobs/{job}/film")
    assert (so_far.status_code, so_far.headers["x-film"]) == (200, "partial")
    assert mp4.probe(so_far.content).frames == 36
    framepack.open()
    framepack_client.ended(job)
    assert "x-film" not in http.get(f"/api/jobs/{job}/film").headers


def test_a_player_may_jump_within_a_film(framepack_client):
    job = framepack_client.film()
    framepack_client.ended(job)
    http, whole = framepack_client.http, film_of(framepack_client.http, job)
    path = f"/download/video/{job}"
    for requested, part in (("0-99", whole[:100]), ("100-", whole[100:]), ("-50", whole[-50:])):
        answer = http.get(path, headers={"Range": f"bytes={requested}"})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{len(whole)}")
    beyond = http.get(path, headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(whole)}")
    for odd in ("bytes=x-y", "bytes=0-1,5-6", "bytes=-", "pages=1-2"):
        assert http.get(path, headers={"Range": odd}).content == whole
    other = http.get(path, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
    assert other.content == whole


def test_an_end_picture_reaches_the_model(framepack_client, framepack):
    framepack.small.requests.clear()
    files = {"image": ("a.png", png(page()), "image/png"), "end_image": ("b.png", png(page(seed=2)), "image/png")}
    answer = framepack_client.http.post("/generate", data={"video_length": "1", "steps": "1"}, files=files)
    framepack_client.ended(answer.json()["job_id"])
    requested, given = framepack.small.requests[0]
    assert set(given) == {"start", "end"}
    assert requested["prompt"] == "A character doing some simple body movements."
    assert (requested["sampling_mode"], requested["mp4_crf"], requested["gs"], requested["cfg"]) == (
        "reverse",
        16,
        10,
        1,
    )


def test_the_input_picture_comes_back_as_jpeg_with_its_exif_but_upright(framepack_client):
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "drawn by hand", 6
    job = framepack_client.film(png(Image.new("RGB", (64, 96), "navy"), format="JPEG", exif=exif.tobytes()))
    answer = framepack_client.http.get(f"/input_image/{job}")
    assert answer.headers["content-type"] == "image/jpeg"
    image = Image.open(io.BytesIO(answer.content))
    assert image.size == (96, 64)
    assert dict(image.getexif()) == {0x010E: "drawn by hand"}
    framepack_client.ended(job)


def test_a_failed_film_says_so_where_older_clients_look(framepack_client):
    job = framepack_client.film(prompt="FAIL")
    framepack_client.ended(job, "failed")
    http = framepack_client.http
    assert http.get(f"/status/{job}").json()["status"] == "failed - StepFailed"
    assert read_events(http.get(f"/stream/status/{job}").text)[-1][2]["status"].startswith("failed")
    result = http.get(f"/result/{job}")
    assert result.status_code == 404
    assert "not completed yet" in result.json()["detail"]


def test_an_unknown_job_ends_its_stream_at_once(framepack_client):
    answer = framepack_client.http.get("/stream/status/none")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
    assert read_events(answer.text) == [
        (0, "status", {"status": "error", "message": "Job not found or cleaned up."}),
    ]
    assert framepack_client.http.get("/status/none").json()["detail"] == "Job not found"
    assert framepack_client.http.post("/cancel/none").status_code == 404


def test_pictures_can_be_followed_the_older_way_too(framepack_client):
    job = framepack_client.image()
    http = framepack_client.http
    framepack_client.ended(job)
    assert http.get(f"/status/{job}").json()["status"] == "completed"
    result = http.get(f"/result/{job}").json()
    assert result["video_url"].endswith(f"/download/image/{job}")
    assert http.get(f"/download/image/{job}").content == http.get(f"/api/image/{job}").content
    assert http.get(f"/download/image/{job}").headers["content-type"] == "image/png"


def test_films_are_listed_given_and_copied_into_their_folder(framepack_client, framepack):
    job = framepack_client.film()
    framepack_client.ended(job)
    http, folder = framepack_client.http, framepack.folder / "films"
    (folder / "older.mp4").write_bytes(b"film")
    (folder / "notes.txt").write_bytes(b"no film")
    assert (folder / f"{job}.mp4").read_bytes() == film_of(http, job)
    assert {f"{job}.mp4", "older.mp4"} <= set(http.get("/videos").json())
    assert "notes.txt" not in http.get("/videos").json()
    assert http.get("/videos/older.mp4").content == b"film"
    assert http.get("/videos/older.mp4", headers={"Range": "bytes=1-2"}).content == b"il"
    assert http.get("/videos/none.mp4").status_code == 404
    assert http.get("/videos/notes.txt").status_code == 400
    assert http.get("/videos/..%2Fkoma.mp4").status_code in {400, 404}
    assert http.get("/videos/..mp4").status_code == 400


def test_a_forgotten_film_is_still_there_if_its_folder_has_it(framepack_client, framepack):
    job = framepack_client.film()
    framepack_client.ended(job)
    http, film = framepack_client.http, film_of(framepack_client.http, job)
    assert http.delete(f"/api/jobs/{job}").status_code == 200
    assert http.get(f"/api/jobs/{job}").status_code == 404
    assert http.get(f"/status/{job}").json()["status"] == "completed"
    assert http.get(f"/result/{job}").json()["video_url"].endswith(f"/download/video/{job}")
    assert film_of(http, job) == film
    (framepack.folder / "films" / f"{job}.mp4").unlink()
    assert http.get(f"/download/video/{job}").status_code == 404


def test_new_films_are_told_to_those_who_listen(framepack_client):
    with framepack_client.http.stream("GET", "/video_stream") as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": watching"
        job = framepack_client.film()
        assert next(line for line in lines if line.startswith("data: ")) == f"data: {job}.mp4"


def test_loras_are_listed_without_a_restart(framepack_client, framepack):
    folder = framepack.folder / "loras"
    folder.mkdir(exist_ok=True)
    (folder / "ink.safetensors").write_bytes(b"x")
    assert "ink.safetensors" in framepack_client.http.get("/loras").json()["loras"]


def test_a_film_with_a_lora_takes_its_scale_and_the_next_one_has_none(framepack_client, framepack):
    folder = framepack.folder / "loras"
    folder.mkdir(exist_ok=True)
    (folder / "ink.safetensors").write_bytes(b"x")
    framepack.small.loras = ["ink.safetensors"]
    framepack.small.requests.clear()
    framepack_client.ended(framepack_client.film(lora_path="ink.safetensors", lora_scale="0.25"))
    framepack_client.ended(framepack_client.film(lora_path=""))
    assert [requested["loras"] for requested, _ in framepack.small.requests] == [[["ink.safetensors", 0.25]], []]


def test_a_seed_of_minus_one_is_another_one_each_time_and_a_negative_prompt_counts(framepack_client, framepack):
    framepack.small.requests.clear()
    for _ in range(2):
        framepack_client.ended(framepack_client.film(seed="-1", negative_prompt="blurred", cfg="2"))
    first, second = (requested for requested, _ in framepack.small.requests)
    assert first["seed"] != second["seed"]
    assert min(first["seed"], second["seed"]) >= 0
    assert (first["negative_prompt"], first["cfg"]) == ("blurred", 2)


def test_a_form_that_is_sent_again_with_its_own_id_is_one_job(framepack_client):
    assert {framepack_client.film(job_id="own-film") for _ in range(2)} == {"own-film"}
    files = {"image": ("a.png", png(page()), "image/png")}
    other = framepack_client.http.post("/generate", data={"job_id": "own-film"}, files=files)
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    framepack_client.ended("own-film")


async def test_the_kind_of_a_film_is_kept_with_it(framepack_client, framepack):
    job = framepack_client.film(use_teacache="false", gpu_memory_preservation="12")
    stored = framepack_client.job(job)["data"]
    assert (stored["type"], stored["use_teacache"], stored["gpu_memory_preservation"]) == ("video", False, 12)
    assert json.dumps(stored)
    assert (await framepack.jobs.get(job, VIDEOS)).app == VIDEOS
