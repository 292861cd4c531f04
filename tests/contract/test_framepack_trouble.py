"""Trouble: a full disk, a database that is away, files that are gone, and many clients at once.

Nothing answers 500, every error says what to do, and nothing that was accepted is lost.
"""

import random
import shutil
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation.models.framepack import PictureJob
from tests.support.framepack_client import SMALL, FramePackClient, base64_of, read_events
from tests.support.pictures import page, png
from tests.support.waiting import until

IMAGE = {"prompt": "a harbour"} | SMALL
BODIES = {
    "generate-image": IMAGE | {"start_image": base64_of(64, 64)},
    "batch-images": {"prompts": ["a", "b"]} | SMALL,
    "transfer-image": {"prompt": "a", "source_image": base64_of(64, 64), "target_image": base64_of(64, 64)},
}
GETS = ("/api/jobs/{}", "/api/jobs/{}/events", "/status/{}", "/stream/status/{}", "/result/{}", "/input_image/{}")
FILES = ("/api/jobs/{}/film", "/api/jobs/{}/thumbnail", "/download/video/{}", "/download/image/{}")
LISTS = ("/api/jobs", "/queue", "/worker/status", "/videos", "/video_stream")


@contextmanager
def database_away():
    """Every connection is refused, as by a server that restarts."""

    def refuse(*_, **__):
        raise exc.OperationalError("connect", {}, Exception("the server is away"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AsyncEngine, "connect", refuse)
        patch.setattr(AsyncEngine, "begin", refuse)
        yield


@contextmanager
def disk_full():
    async def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("foundation.blobs.obstore.put_async", refuse)
        yield


def refused_until_it_is_back(answer):
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json"), answer.text
    assert answer.json()["code"] == "store_unavailable"
    assert answer.json()["hint"]
    assert answer.headers["retry-after"]


def film(http, **form):
    return http.post("/generate", data=form, files={"image": ("a.png", png(page(64, 64)), "image/png")})


def test_a_full_disk_refuses_pictures_and_holds_back_jobs_that_go_on_later(framepack_client):
    http, before = framepack_client.http, framepack_client.http.get("/api/jobs").json()["total"]
    with disk_full():
        for route in ("generate-image", "transfer-image"):
            refused_until_it_is_back(http.post(f"/api/{route}", json=BODIES[route]))
        refused_until_it_is_back(film(http))
        assert http.get("/api/jobs").json()["total"] == before
        jobs = [framepack_client.image(), framepack_client.batch(["a", "b"])]
        until(lambda: framepack_client.job(jobs[0])["started_at"])
    for job in jobs:
        framepack_client.ended(job)


def test_while_the_database_is_away_nothing_is_accepted_and_all_say_so(framepack_client):
    http = framepack_client.http
    job, results = framepack_client.image(), framepack_client.film()
    framepack_client.ended(job)
    framepack_client.ended(results)
    with database_away():
        for route, body in BODIES.items():
            refused_until_it_is_back(http.post(f"/api/{route}", json=body))
        refused_until_it_is_back(film(http))
        for path in (*LISTS, *[path.format(job) for path in GETS], *[path.format(results) for path in FILES]):
            refused_until_it_is_back(http.get(path))
        for path, body in ((f"/api/jobs/{job}/move", {}), (f"/cancel/{job}", None), ("/cleanup_jobs", None)):
            refused_until_it_is_back(http.post(path, json=body))
        refused_until_it_is_back(http.delete(f"/api/jobs/{job}"))
        # what lies in a folder needs no database
        assert http.get(f"/videos/{results}.mp4").status_code == http.get("/loras").status_code == 200
    assert framepack_client.job(job)["status"] == "completed"


@pytest.mark.parametrize("path", ["/api/jobs/{}/events", "/stream/status/{}"])
def test_a_stream_and_its_job_outlast_a_database_that_is_away(framepack, framepack_client, path):
    framepack.close("image")
    job = framepack_client.image()
    framepack_client.running(job)
    with framepack_client.http.stream("GET", path.format(job)) as stream:
        lines = stream.iter_lines()
        first = next(lines)
        with database_away():
            framepack.open()
            with pytest.raises(AssertionError):
                until(lambda: False, 1)
        events = read_events("\n".join([first, *lines]))
    last = events[-1]
    assert last[1] == ("completed" if "events" in path else "status")
    assert framepack_client.ended(job)["result"]["images"]


def test_files_that_are_gone_keep_no_other_job_from_being_seen(framepack, framepack_client):
    http, jobs = framepack_client.http, [framepack_client.image(), framepack_client.film()]
    for job in jobs:
        framepack_client.ended(job)
        # as between the two halves of a removal
        shutil.rmtree(framepack.settings.data_dir / "blobs" / "public" / job)
    options = {each["id"]: each for each in http.get("/api/jobs").json()["jobs"]}
    for job in jobs:
        assert (options[job]["status"], options[job]["result"]) == ("completed", None)
        for path in (*GETS, *FILES):
            answer = http.get(path.format(job))
            assert answer.status_code in {200, 404}, answer.text
            assert answer.status_code == 200 or answer.json()["hint"]
        assert http.delete(f"/api/jobs/{job}").status_code == 200


def test_one_id_of_two_clients_at_once_is_one_job(framepack, framepack_client):
    def send(seed, job_id):
        body = IMAGE | {"job_id": job_id, "start_image": base64_of(64, 64, seed)}
        return httpx2.post(f"{framepack.url}/api/generate-image", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, [0] * 16, ["equal"] * 16)) == {200}
        answers = Counter(pool.map(send, [0, 1] * 8, ["unlike"] * 16))
    assert answers == {200: 8, 409: 8}
    for job in ("equal", "unlike"):
        framepack_client.ended(job)
    pictures = [job for job in framepack.small.requests if isinstance(job, PictureJob)]
    painted = [job.parameters["job_id"] for job in pictures if job.parameters]
    assert painted.count("equal") == 1


class Storm:
    """A client that does all that can be done to any job, in an order of chance."""

    def __init__(self, url, jobs, seed):
        self.client = FramePackClient(httpx2.Client(base_url=url, timeout=60))
        self.jobs, self.chance, self.removed, self.answers = jobs, random.Random(seed), set(), []

    def run(self, number):
        deeds = (self.accept, self.accept, self.cancel, self.remove, self.move, self.prioritise, self.look, self.leave)
        for _ in range(number):
            self.chance.choice(deeds)()
        self.client.http.close()

    def heard(self, answer):
        self.answers.append((answer.request.url.path, answer.status_code))
        return answer.status_code == 200

    def any(self):
        return self.chance.choice(self.jobs)

    def accept(self):
        if self.chance.random() < 0.7:
            self.jobs.append(self.client.image(start_image=base64_of(64, 64)))
        else:
            self.jobs.append(self.client.film(steps="1", resolution="64"))

    def cancel(self):
        self.heard(self.client.http.post(f"/api/jobs/{self.any()}/cancel"))

    def remove(self):
        job = self.any()
        if self.heard(self.client.http.delete(f"/api/jobs/{job}")):
            self.removed.add(job)

    def move(self):
        before = self.any() if self.chance.random() < 0.6 else None
        self.heard(self.client.http.post(f"/api/jobs/{self.any()}/move", json={"before": before}))

    def prioritise(self):
        self.heard(self.client.http.post(f"/api/jobs/{self.any()}/priority", json={"priority": 3}))

    def look(self):
        path = self.chance.choice((*GETS, *FILES, "/api/jobs", "/queue", "/videos", "/worker/status"))
        if "events" not in path and "stream" not in path:
            self.heard(self.client.http.get(path.format(self.any())))

    def leave(self):
        """Listen for a few lines and go away."""
        path = self.chance.choice(("/api/jobs/{}/events", "/stream/status/{}"))
        with self.client.http.stream("GET", path.format(self.any())) as stream:
            self.heard(stream)
            for _ in zip(range(self.chance.randint(1, 6)), stream.iter_lines(), strict=False):
                pass


def test_many_clients_at_once_lose_nothing(framepack, framepack_client):
    jobs = [framepack_client.image()]
    storms = [Storm(framepack.url, jobs, seed) for seed in range(6)]
    threads = [threading.Thread(target=storm.run, args=(40,)) for storm in storms]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers = [answer for storm in storms for answer in storm.answers]
    assert [answer for answer in answers if answer[1] not in {200, 404, 409, 422}] == []
    assert ("/api/jobs", 404) not in answers
    for job in set(jobs).difference(*[storm.removed for storm in storms]):
        until(lambda job=job: framepack_client.job(job)["status"] in {"completed", "cancelled"})
