"""A search by random mutation: no route that takes a picture answers 5xx, whatever the picture holds.

The short form sends some to each route; ``-m slow`` sends 5,000.
"""

import httpx2
import numpy as np
import pytest
from sqlalchemy import create_engine, select

from foundation.jobs.schema import job
from tests.support.framepack_client import base64_of
from tests.support.inpaint_api import b64
from tests.support.mutations import WHOLE, mutated
from tests.support.pictures import square_mask

SHORT, LONG = 25, 5000 // 12
REGION = [{"x": 8, "y": 8, "width": 30, "height": 12}]
SIDE = {"steps": 1, "width": 64, "height": 64, "engine": "draft"}
MASK = b64(square_mask((96, 64), (4, 4, 20, 20)))


def files(name, data):
    return {name: ("a.png", data, "image/png")}


INPAINT = {
    "image": lambda http, data: http.post("/inpaint", json={"image": b64(data), "mask": MASK}),
    "mask": lambda http, data: http.post("/inpaint", json={"image": b64(WHOLE[0]), "mask": b64(data)}),
    "regions": lambda http, data: http.post("/inpaint-regions", json={"image": b64(data), "regions": REGION}),
    "statistics": lambda http, data: http.post("/inpaint-regions-json", json={"image": b64(data), "regions": REGION}),
    "task": lambda http, data: http.post("/inpaint-regions-async", json={"image": b64(data), "regions": REGION}),
}
FRAMEPACK = {
    "source": lambda http, data: http.post(
        "/api/transfer-image", json={"prompt": "a", "source_image": b64(data), "target_image": base64_of(64, 64)} | SIDE
    ),
    "film": lambda http, data: http.post("/generate", data={"steps": "1"}, files=files("image", data)),
    "parameters": lambda http, data: http.post("/api/image-parameters", files=files("image", data)),
    "repeat": lambda http, data: http.post("/api/repeat-image", files=files("image", data)),
}
STYLE = {
    "base64": lambda http, data: http.post("/api/v1/transform", json={"user_id": "u", "image": b64(data)}),
    "upload": lambda http, data: http.post(
        "/api/v1/transform/upload", data={"user_id": "u"}, files=files("image", data)
    ),
    "comfyui": lambda http, data: http.post("/upload/image", files=files("image", data)),
}


def search(app, http, send, count):
    """Send so many pictures. A queue that is full is no fault; a job that failed in a way nobody foresaw is one."""
    for seed in range(count):
        answer = send(http, mutated(np.random.default_rng(seed)))
        assert answer.status_code < 500 or answer.json()["code"] == "overloaded", (seed, answer.text)
    engine = create_engine(f"sqlite:///{app.settings.data_dir / 'koma.db'}")
    with engine.connect() as connection:
        codes = {error["code"] for error in connection.execute(select(job.c.error)).scalars() if error}
    engine.dispose()
    assert codes <= {"bad_image", "too_large", "invalid_input"}


COUNTS = [pytest.param(SHORT, id="short"), pytest.param(LONG, id="long", marks=pytest.mark.slow)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("route", INPAINT)
def test_text_removal_survives_any_picture(inpaint, http_client, route, count):
    search(inpaint, http_client, INPAINT[route], count)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("route", FRAMEPACK)
def test_framepack_survives_any_picture(framepack, route, count):
    with httpx2.Client(base_url=framepack.url, timeout=60) as http:
        search(framepack, http, FRAMEPACK[route], count)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("route", STYLE)
def test_style_survives_any_picture(style, route, count):
    with httpx2.Client(base_url=style.url, timeout=60) as http:
        search(style, http, STYLE[route], count)
