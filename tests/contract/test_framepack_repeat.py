"""A picture tells how it was made, and is made again from what it tells."""

import json

import numpy as np
import pytest
from PIL import Image

from foundation.images import png_bytes, png_text
from tests.support.framepack_client import base64_of
from tests.support.pictures import page, png


@pytest.fixture
def drawn(framepack):
    """The draft draws, so that two pictures are alike for a reason."""
    framepack.small.ready = False


def image_of(client, job_id):
    return client.http.get(client.ended(job_id)["result"]["image_path"]).content


def upload(client, path, data):
    return client.http.post(f"/api/{path}", files={"image": ("a.png", data, "image/png")})


def pixels(data, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def repeated(client, data):
    answer = upload(client, "repeat-image", data)
    assert answer.status_code == 200, answer.text
    return image_of(client, answer.json()["job_id"])


@pytest.mark.usefixtures("drawn")
def test_a_picture_without_a_seed_is_made_again_the_same(framepack_client, tmp_path):
    first = image_of(framepack_client, framepack_client.image("two cats on a roof", width=160, height=96, cfg=1.5))
    payload = upload(framepack_client, "image-parameters", first).json()["parameters"]
    assert (payload["prompt"], payload["width"], payload["cfg"], payload["engine"]) == (
        "two cats on a roof",
        160,
        1.5,
        "draft",
    )
    assert np.array_equal(pixels(first, tmp_path), pixels(repeated(framepack_client, first), tmp_path))
    other = image_of(framepack_client, framepack_client.image("two cats on a roof", width=160, height=96, cfg=1.5))
    assert not np.array_equal(pixels(first, tmp_path), pixels(other, tmp_path))


@pytest.mark.usefixtures("drawn")
def test_one_picture_of_a_batch_is_made_again_alone(framepack_client, tmp_path):
    job = framepack_client.ended(framepack_client.batch(["a tower", "a lake"], width=96, height=96))
    second = framepack_client.http.get(job["result"]["images"][1]["url"]).content
    assert np.array_equal(pixels(second, tmp_path), pixels(repeated(framepack_client, second), tmp_path))


@pytest.mark.usefixtures("drawn")
def test_a_transfer_is_made_again_from_the_pictures_that_it_had(framepack_client, tmp_path):
    job = framepack_client.transfer(source_image=base64_of(96, 96, 1), target_image=base64_of(96, 96, 2))
    first = image_of(framepack_client, job)
    assert np.array_equal(pixels(first, tmp_path), pixels(repeated(framepack_client, first), tmp_path))
    framepack_client.http.delete(f"/api/jobs/{job}")
    gone = upload(framepack_client, "repeat-image", first)
    assert (gone.status_code, gone.json()["errors"][0]["pointer"]) == (422, "/image")
    assert "are gone" in gone.json()["detail"]


def test_no_picture_of_another_job_can_be_had_by_its_key(framepack_client):
    secret = framepack_client.image("secret", start_image=base64_of(64, 64))
    own = framepack_client.image("own", start_image=base64_of(96, 96))
    data = image_of(framepack_client, own)
    image_of(framepack_client, secret)
    message = json.loads(png_text(data)["parameters"])
    forged = message | {"start_key": message["start_key"].replace(own, secret)}
    for wrong in (forged, forged | {"job_id": "nobody"}, message | {"start_key": ["a"]}, message | {"job_id": None}):
        answer = upload(framepack_client, "repeat-image", with_parameters(json.dumps(wrong)))
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/image")


def with_parameters(text):
    return png_bytes(page(64, 64), {"parameters": text})


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("no json", "/image"),
        ("[1]", "/image"),
        ("[" * 100_000, "/image"),
        ("{}", "/image"),
        ('{"type": "video"}', "/image"),
        ('{"type": "image"}', "/image/prompt"),
        ('{"type": "image", "prompt": "a", "steps": 1e999}', "/image"),
        ('{"type": "image", "prompt": "a", "steps": NaN}', "/image"),
        ('{"type": "image", "prompt": "\\ud800"}', "/image"),
        ('{"type": "image", "prompt": "a", "steps": 1000}', "/image/steps"),
        ('{"type": "image", "prompt": "a", "width": -16}', "/image/width"),
        ('{"type": "image", "prompt": "a", "loras": 7}', "/image"),
        ('{"type": "image", "prompt": "a", "loras": [["../../x.safetensors", 1]]}', "/lora_paths/0"),
        ('{"type": "image_transfer", "prompt": "a"}', "/image/source_image"),
    ],
)
def test_parameters_that_are_none_are_refused(framepack_client, text, pointer):
    answer = upload(framepack_client, "repeat-image", with_parameters(text))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer), answer.text
    assert upload(framepack_client, "image-parameters", with_parameters(text)).status_code in {200, 422}


def test_what_is_no_picture_of_ours_is_refused(framepack_client):
    for path in ("image-parameters", "repeat-image"):
        for data in (b"no picture", png(page(64, 64)), png(page(64, 64), format="JPEG")):
            answer = upload(framepack_client, path, data)
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/image")
