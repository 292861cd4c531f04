"""What the tests of FramePack say to it again and again."""

import base64
import json

from PIL import Image

from tests.support.pictures import page, png
from tests.support.waiting import until

SMALL = {"width": 64, "height": 64, "steps": 2}
ENDS = {"completed", "failed", "cancelled"}


class FramePackClient:
    """``http`` is the client beneath."""

    def __init__(self, http):
        self.http = http

    def send(self, path, **body):
        """An accepted job's id."""
        answer = self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["job_id"]

    def image(self, prompt="a harbour", **more):
        return self.send("/api/generate-image", **{"prompt": prompt} | SMALL | more)

    def batch(self, prompts, **more):
        return self.send("/api/batch-images", **{"prompts": prompts} | SMALL | more)

    def transfer(self, **more):
        pictures = {"source_image": base64_of(64, 96), "target_image": base64_of(80, 80)}
        return self.send("/api/transfer-image", **{"prompt": "a coat", "steps": 2} | pictures | more)

    def film(self, picture=None, name="a.png", **form):
        """The id of a film of one section, if nothing else is said."""
        files = {"image": (name, picture or png(Image.new("RGB", (64, 64), "navy")), "image/png")}
        answer = self.http.post("/generate", data={"video_length": "1", "steps": "2"} | form, files=files)
        assert answer.status_code == 200, answer.text
        return answer.json()["job_id"]

    def job(self, job_id):
        answer = self.http.get(f"/api/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ended(self, job_id, status="completed", seconds=60):
        """The job when it has ended so."""
        until(lambda: self.job(job_id)["status"] in ENDS, seconds)
        final_status = self.job(job_id)
        assert final_status["status"] == status, final_status
        return final_status

    def running(self, job_id):
        until(lambda: self.job(job_id)["status"] == "processing")


def base64_of(width=320, height=260, seed=0):
    """A page as a client would send it."""
    return base64.b64encode(png(page(width, height, seed))).decode()


def read_events(text):
    """The events of a stream: id, name and data, or the bare data where it is no JSON."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in lines:
            found.append((int(lines.get("id", 0)), lines.get("event", ""), json.loads(lines["data"])))
    return found
