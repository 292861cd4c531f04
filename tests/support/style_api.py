"""What the tests of the style API send and look for."""

import base64
import json

from tests.support.pictures import page, png
from tests.support.waiting import until

TASK = {"user_id": "user_1", "style_type": "clay"}


def image64():
    return base64.b64encode(png(page())).decode()


def send(http, **fields):
    answer = http.post("/api/v1/transform", json=TASK | {"image": image64()} | fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ended(http, task_id, seconds=30):
    def look():
        task = http.get(f"/api/v1/task/{task_id}").json()
        return task if task["status"] in {"completed", "failed"} else None

    return until(look, seconds)


def read_events(text):
    found = []
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "data" in lines:
            found.append((int(lines.get("id", 0)), json.loads(lines["data"])))
    return found


SLOW = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "input.png"}},
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
    "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "x"}},
    "5": {
        "class_type": "KSampler",
        "inputs": {
            "model": ["4", 0],
            "positive": ["2", 0],
            "negative": ["3", 0],
            "latent_image": ["6", 0],
            "seed": 0,
            "steps": 900,
            "cfg": 7.0,
            "sampler_name": "euler",
            "scheduler": "normal",
            "denoise": 1.0,
        },
    },
    "6": {"class_type": "VAEEncode", "inputs": {"pixels": ["9", 0], "vae": ["4", 2]}},
    "7": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["4", 2]}},
    "8": {"class_type": "SaveImage", "inputs": {"images": ["7", 0], "filename_prefix": "slow"}},
    "9": {
        "class_type": "ImageScale",
        "inputs": {"image": ["1", 0], "upscale_method": "area", "width": 64, "height": 64, "crop": "center"},
    },
}
