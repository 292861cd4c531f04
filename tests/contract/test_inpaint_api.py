"""The synchronous routes of text removal: masks, polygons, forms, engines, their ends in time, and health."""

import io

import numpy as np
import pytest
from PIL import Image

from tests.support.inpaint_api import IMAGE, b64, body, diagnosed
from tests.support.pictures import ON_ART, page, square_mask


@pytest.fixture(scope="module")
def inpaint_environment():
    return {"REQUEST_TIMEOUT": "3", "MAX_IMAGE_SIZE": "600", "IOPAINT_MODEL": "cv2"}


def test_a_mask_is_filled_and_nothing_else(http_client):
    mask = square_mask((320, 260), (50, 180, 130, 220))
    answer = http_client.post("/inpaint", json={"image": IMAGE, "mask": f"data:image/png;base64,{b64(mask)}"})
    assert answer.status_code == 200
    assert (answer.headers["x-engine"], answer.headers["x-model"]) == ("draft", "cv2")
    after, before = np.asarray(Image.open(io.BytesIO(answer.content))), np.asarray(page())
    changed = (after != before).any(axis=2)
    assert changed[180:220, 50:130].any()
    changed[180:220, 50:130] = False
    assert not changed.any()


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", "PNG"),
        ("image/webp", "WEBP"),
        ("image/jpeg, image/png;q=0.5", "JPEG"),
        ("image/jpeg;q=0.2, image/png;q=0.9", "PNG"),
        ("application/json, text/plain, */*", "PNG"),
        ("image/webp;q=x, image/avif", "PNG"),
    ],
)
def test_the_form_follows_accept(http_client, accept, form):
    answer = http_client.post("/inpaint-regions", json=body(), headers={"accept": accept})
    assert Image.open(io.BytesIO(answer.content)).format == form
    assert answer.headers["content-type"] == Image.MIME[form]


def test_polygons_and_glyph_masks_touch_less(http_client):
    def changed(regions, **more):
        answer = http_client.post("/inpaint-regions", json={"image": IMAGE, "regions": regions} | more)
        return (np.asarray(Image.open(io.BytesIO(answer.content))) != np.asarray(page())).any(axis=2)

    x, y, w, h = ON_ART.values()
    triangle = [[x, y], [x + w, y], [x, y + h]]
    whole, part = changed([ON_ART]), changed([{"polygon": triangle}])
    assert 0 < part.sum() < 0.7 * whole.sum()
    assert 0 < changed([ON_ART], mask_mode="glyph").sum() < whole.sum()


def test_engines_by_name(http_client):
    payload = diagnosed(
        http_client.post("/inpaint-regions", json=body(model="lama", engine="local")), 503, "engine_not_ready"
    )
    assert "./scripts/fetch_models lama" in payload["detail"]
    assert payload["diagnosis"]["reason"] == "model_loading_failed"
    answer = http_client.post("/inpaint-regions", json=body(model="lama", engine="auto"))
    assert (answer.status_code, answer.headers["x-model"]) == (200, "cv2")
    diagnosed(http_client.post("/inpaint-regions", json=body(model="photoshop")), 422, "invalid_input")


def test_a_request_that_takes_too_long_is_504(inpaint, http_client):
    inpaint.close_gate()
    try:
        payload = diagnosed(http_client.post("/inpaint-regions", json=body()), 504, "timed_out")
    finally:
        inpaint.open_gate()
    assert payload["diagnosis"]["reason"] == "processing_timeout"
    assert payload["diagnosis"]["retry_with_reduced_params"] is True
    assert http_client.post("/inpaint-regions", json=body()).status_code == 200


def test_health_says_why_a_model_cannot_load_and_recovers(inpaint, http_client):
    folder = inpaint.settings.resolved_model_dir
    folder.mkdir(parents=True, exist_ok=True)
    http_client.get("/health").raise_for_status()

    async def describe(model, engine):
        return await type(inpaint.model).describe(inpaint.model, "migan", engine)

    (folder / "migan_traced.pt").write_bytes(b"these are no weights")
    inpaint.model.describe = describe
    try:
        health = http_client.get("/health")
        assert (health.status_code, health.json()["status"]) == (503, "unhealthy")
        assert "MD5" in health.json()["message"]
        assert http_client.get("/model").json()["status"] == "error"
        from scripts.lib.make_tiny_models import make

        make(["migan"], folder)
        assert http_client.get("/health").status_code == 200
        assert http_client.get("/model").json()["name"] == "migan"
    finally:
        del inpaint.model.describe
        for file in folder.iterdir():
            file.unlink()
