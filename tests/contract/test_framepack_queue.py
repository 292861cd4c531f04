"""The two lanes: their order, cancelling, removing, and what becomes of a queue when the house is started again."""

import httpx2
import pytest

from foundation.settings import get_settings
from tests.support.framepack_app import FramePackApp
from tests.support.framepack_client import FramePackClient, base64_of
from tests.support.framepack_process import killed_at_the_end
from tests.support.waiting import until

AT_ONCE = 4


@pytest.fixture
def busy(framepack_client, framepack):
    """The lane of pictures is full, and what comes now waits: gives the jobs that run."""
    framepack.close("image")
    running = [framepack_client.image(f"running {n}") for n in range(AT_ONCE)]
    for job in running:
        framepack_client.running(job)
    yield running
    framepack.open()
    for job in running:
        framepack_client.http.post(f"/api/jobs/{job}/cancel")
    until(lambda: not framepack_client.http.get("/queue").json()["queue"])


def order(client):
    return [entry["job_id"] for entry in client.http.get("/queue").json()["queue"] if entry["status"] == "pending"]


def test_a_waiting_job_has_a_place_that_can_be_changed(framepack_client, busy):
    http = framepack_client.http
    a, b, c = (framepack_client.image(name) for name in "abc")
    assert order(framepack_client) == [a, b, c]
    assert [framepack_client.job(job)["position"] for job in (a, b, c)] == [1, 2, 3]
    assert http.post(f"/api/jobs/{c}/move", json={"before": a}).json()["position"] == 1
    assert order(framepack_client) == [c, a, b]
    assert http.post(f"/api/jobs/{c}/move", json={"before": b}).json()["position"] == 2
    assert order(framepack_client) == [a, c, b]
    assert http.post(f"/api/jobs/{a}/move", json={"before": None}).json()["position"] == 3
    assert order(framepack_client) == [c, b, a]
    assert http.post(f"/api/jobs/{a}/priority", json={"priority": 5}).json()["priority"] == 5
    assert order(framepack_client) == [a, c, b]
    for job in (a, b, c):
        http.delete(f"/api/jobs/{job}")
    assert order(framepack_client) == []


def test_more_priority_goes_first(framepack_client, busy):
    slow, urgent = framepack_client.image("slow"), framepack_client.image("urgent", priority=3)
    assert order(framepack_client) == [urgent, slow]
    framepack_client.http.post(f"/api/jobs/{busy[0]}/cancel")
    framepack_client.running(urgent)
    assert framepack_client.job(slow)["status"] == "pending"
    for job in (slow, urgent):
        framepack_client.http.post(f"/api/jobs/{job}/cancel")


def test_what_cannot_be_moved_is_refused(framepack_client, framepack, busy):
    http, waiting = framepack_client.http, framepack_client.image("waiting")
    framepack.close("section")
    films = [framepack_client.film() for _ in range(AT_ONCE + 1)]
    answers = {
        "itself": http.post(f"/api/jobs/{waiting}/move", json={"before": waiting}),
        "nobody": http.post(f"/api/jobs/{waiting}/move", json={"before": "nobody"}),
        "a film": http.post(f"/api/jobs/{waiting}/move", json={"before": films[-1]}),
    }
    for who, answer in answers.items():
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/before"), who
    for refused in (
        http.post(f"/api/jobs/{busy[0]}/move", json={"before": None}),
        http.post(f"/api/jobs/{busy[0]}/priority", json={"priority": 1}),
        http.post(f"/api/jobs/{waiting}/move", json={"before": busy[0]}),
        http.delete(f"/api/jobs/{busy[0]}"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert http.post(f"/api/jobs/{waiting}/priority", json={"priority": 11}).status_code == 422
    for job in (waiting, *films):
        http.post(f"/api/jobs/{job}/cancel")


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_before_its_next_step(framepack_client, framepack, busy):
    http, waiting = framepack_client.http, framepack_client.image("waiting")
    assert http.post(f"/cancel/{waiting}").json() == {"message": f"Cancellation requested for job {waiting}."}
    assert framepack_client.job(waiting)["status"] == "cancelled"
    http.post(f"/api/jobs/{busy[0]}/cancel")
    status = framepack_client.ended(busy[0], "cancelled")
    assert (status["error"], status["result"]) == (None, None)
    assert http.get(f"/status/{busy[0]}").json()["status"] == "cancelled"
    framepack.open()
    done = framepack_client.ended(busy[1])
    assert http.post(f"/cancel/{done['id']}").json() == {"message": "Job is already completed."}
    assert http.post(f"/api/jobs/{done['id']}/cancel").json()["status"] == "completed"


def test_a_removed_job_leaves_no_file(framepack_client, framepack, busy):
    job = framepack_client.image("waiting", start_image=base64_of(64, 64))
    assert len(files_of(framepack, job)) == 1
    assert framepack_client.http.delete(f"/api/jobs/{job}").json() == {"job_id": job, "message": f"Job {job} removed."}
    assert files_of(framepack, job) == []
    assert framepack_client.http.get(f"/api/jobs/{job}").status_code == 404


def files_of(framepack, job):
    return [path for path in framepack.stored_files() if job in path.parts]


def test_the_queue_tells_what_runs_and_what_waits(framepack_client, busy):
    long = framepack_client.image("x" * 60)
    payload = framepack_client.http.get("/queue").json()["queue"]
    assert [entry["job_id"] for entry in payload] == [*busy, long]
    assert [entry["status"] for entry in payload] == ["processing"] * AT_ONCE + ["pending"]
    assert payload[-1]["prompt"] == "x" * 50 + "..."
    assert (payload[-1]["video_length"], payload[-1]["progress"], payload[-1]["position"]) == (0, 0, 1)
    worker = framepack_client.http.get("/worker/status").json()
    assert worker == {"is_running": True, "processing_job_id": busy[0]}
    framepack_client.http.delete(f"/api/jobs/{long}")


def test_neither_lane_starves_behind_the_other(framepack_client, framepack):
    framepack.close("section")
    films = [framepack_client.film() for _ in range(6)]
    jobs = {"queued": 2, "running": AT_ONCE, "waiting": 0}
    until(lambda: framepack_client.http.get("/health/detailed").json()["jobs"] == jobs)
    # however many films wait, a picture is made
    framepack_client.ended(framepack_client.image("between films"))
    framepack.open()
    framepack.close("image")
    pictures = [framepack_client.image(f"one of many {n}") for n in range(12)]
    # however many pictures wait, films are made
    for film in films:
        framepack_client.ended(film)
    framepack.open()
    for picture in pictures:
        framepack_client.ended(picture)


def test_ended_jobs_beyond_the_number_that_is_kept_are_removed_with_their_files(framepack_client, framepack):
    keep = framepack_client.image("the newest")
    framepack_client.ended(keep)
    total = framepack_client.http.get("/api/jobs").json()["total"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(get_settings(), "max_completed_jobs", 1)
        payload = framepack_client.http.post("/cleanup_jobs").json()
    assert payload == {"message": f"Cleanup process completed. Removed {total - 1} old job entries."}
    left = framepack_client.http.get("/api/jobs").json()["jobs"]
    assert [job["id"] for job in left] == [keep]
    folders = {path.parent.parent.name for path in framepack.stored_files() if "public" in path.parts}
    assert folders <= {keep}


@pytest.fixture
def own_folder(tmp_path, monkeypatch):
    """Folders of this test alone, and workers that lose a job that they are silent about for a second."""
    monkeypatch.setenv("KOMA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JOB_LEASE_SECONDS", "1")
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def client_of(url):
    return FramePackClient(httpx2.Client(base_url=url, timeout=60))


def test_a_queue_outlives_the_house_and_nothing_stays_in_processing(own_folder):
    with killed_at_the_end(own_folder) as url:
        client = client_of(url)
        jobs = [client.image(f"picture {n}") for n in range(14)] + [client.film() for _ in range(6)]
        until(lambda: len(order(client)) == 20 - 2 * AT_ONCE)
    with FramePackApp().served() as url:
        client = client_of(url)
        for job in jobs:
            client.ended(job)
        assert client.http.get("/worker/status").json()["processing_job_id"] is None


def test_finished_pictures_of_a_batch_are_not_made_again_after_a_crash(own_folder):
    with killed_at_the_end(own_folder, "c", "d") as url:
        client = client_of(url)
        job = client.batch(["a", "b", "c", "d"])
        until(lambda: (client.job(job)["batch_progress"] or {}).get("completed") == 2)
        done = [row["url"].removeprefix(url) for row in client.job(job)["batch_progress"]["items"]]
        before = [client.http.get(path).content for path in done]
    app = FramePackApp()
    with app.served() as url:
        client = client_of(url)
        status = client.ended(job)
        assert len(status["result"]["images"]) == 4
        assert [client.http.get(path).content for path in done] == before
    assert sorted(requested.prompt for requested in app.small.requests) == ["c", "d"]
