"""Garbage, bombs and nonsense: the right 4xx with a hint, bounded memory, never a 500."""

import io
import json
import resource
import zlib

import httpx2
import numpy as np
import pytest
from PIL import Image

from tests.support.inpaint_api import API, b64
from tests.support.pictures import REGIONS, chunk, page, png, png_of, square_mask, srgb

MIB = 1 << 20


@pytest.fixture(scope="module")
def inpaint_environment():
    return {"MAX_IMAGE_SIZE": "2048", "MAX_FILE_SIZE": str(2 * MIB), "MAX_IMAGE_PIXELS": "4000000"}


@pytest.fixture(scope="module")
def client(inpaint):
    with httpx2.Client(base_url=inpaint.url + API, timeout=60) as instance:
        yield instance


GOOD = png(page())
NOISE = np.random.default_rng(0)


def animated(form):
    frames = [page(seed=n) for n in range(3)]
    return png(frames[0], format=form, save_all=True, append_images=frames[1:])


def hostile():
    """Name, file, and the statuses that are right for it."""
    yield "empty", b"", {400}
    for form in ("GIF", "BMP", "TIFF", "ICO"):
        yield form.lower(), png(page(200, 200), format=form), {422}
    for form in ("PNG", "GIF", "WEBP"):
        yield f"animated-{form.lower()}", animated(form), {422}
    for name, text in {
        "svg": b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        "html": b"<html><script>alert(1)</script></html>",
        "json": b'{"a": 1}',
        "zip": b"PK\x03\x04" + bytes(200),
        "xml": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
        "elf": b"\x7fELF" + bytes(200),
        "pdf": b"%PDF-1.7\n" + bytes(200),
        "zeros": bytes(5000),
        "noise": NOISE.bytes(5000),
        "one-byte": b"\x89",
        "signature-alone": b"\x89PNG\r\n\x1a\n",
        "jpeg-signature": b"\xff\xd8\xff\xe0" + bytes(40),
        "webp-signature": b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(20),
    }.items():
        yield name, text, {422}
    for cut in (30, 60, 500, 5000, len(GOOD) // 2):
        yield f"png-cut-at-{cut}", GOOD[:cut], {422}
    jpeg = png(page(), format="JPEG")
    for cut in (100, 700, len(jpeg) // 2):
        yield f"jpeg-cut-at-{cut}", jpeg[:cut], {422}
    webp = png(page(), format="WEBP")
    for cut in (20, 200, len(webp) // 2):
        yield f"webp-cut-at-{cut}", webp[:cut], {422}
    for n in range(4):
        spoiled = bytearray(GOOD)
        for at in NOISE.integers(60, len(GOOD) - 20, 40):
            spoiled[at] ^= 0xFF
        yield f"png-spoiled-{n}", bytes(spoiled), {200, 422}
    yield "bomb-60000", png_of(60_000, 60_000), {413}
    yield "bomb-100000x1", png_of(100_000, 1), {413, 422}
    yield "bomb-of-zeros", png_of(20_000, 20_000, data=zlib.compress(bytes(10_000_000))), {413}
    yield "bomb-16-bit", png_of(3000, 3000, depth=16, colour=6), {413}
    yield "largest-number", png_of(2**31 - 1, 2**31 - 1), {413}
    yield "no-pixels", png_of(0, 0), {422}
    yield "text-bomb", png_of(9, 9, extra=chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(30_000_000)))), {422}
    yield "icc-bomb", png_of(9, 9, extra=chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(30_000_000)))), {200, 422}
    yield "bad-crc", GOOD[:29] + b"\0\0\0\0" + GOOD[33:], {422}
    yield "bad-depth", png_of(9, 9, depth=7), {422}
    yield "bad-colour", png_of(9, 9, colour=5), {422}
    yield "no-data", png_of(40, 40, data=b""), {422}
    yield "too-much-data", png_of(9, 9, data=zlib.compress(bytes(100_000))), {200, 422}
    yield "polyglot-zip", GOOD + b"PK\x05\x06" + bytes(18), {200}
    yield "polyglot-html", GOOD + b"<script>alert(1)</script>", {200}
    yield "side-too-long", png(Image.new("RGB", (2100, 10))), {413}
    yield "too-many-pixels", png(Image.new("L", (2048, 2000))), {413}
    yield "one-pixel", png(Image.new("RGB", (1, 1))), {200}
    yield "one-row", png(Image.new("L", (700, 1))), {200}
    yield "file-too-large", GOOD + bytes(2 * MIB), {413}
    yield "profile-of-nonsense", png(page(), icc_profile=b"nonsense" * 50), {200}
    yield "cmyk-with-rgb-profile", png(page().convert("CMYK"), format="JPEG", icc_profile=srgb()), {200}
    yield "exif-of-nonsense", png(page(), format="JPEG", exif=b"Exif\0\0" + NOISE.bytes(60)), {200, 422}
    yield "mpo", png(page(), format="MPO", save_all=True, append_images=[page(seed=1)]), {200, 422}


CASES = {name: (data, statuses) for name, data, statuses in hostile()}


def test_there_are_sixty():
    assert len(CASES) >= 60


def check_problem(answer):
    payload = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert payload["hint"]
    assert payload["detail"]
    assert payload["diagnosis"]["category"] == "input"


@pytest.mark.parametrize("name", CASES)
def test_hostile_pictures_are_refused_or_served(client, name):
    data, statuses = CASES[name]
    answer = client.post("/inpaint-regions", json={"image": b64(data), "regions": REGIONS})
    assert answer.status_code in statuses, answer.text[:300]
    if answer.status_code == 200:
        Image.open(io.BytesIO(answer.content)).load()
    else:
        check_problem(answer)


def test_memory_stays_bounded():
    # the whole run, its application, engine and pictures; a bomb alone would be 10 GiB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 4 * 1024 * 1024


IMAGE = b64(GOOD)
BOX = {"x": 1, "y": 1, "width": 9, "height": 9}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"image": ""}, 400),
        ({"image": "  "}, 400),
        ({"image": "data:image/png;base64,"}, 422),
        ({"image": None}, 422),
        ({"image": 5}, 422),
        ({"image": "!!!!"}, 422),
        ({"image": "aGk=!!!!"}, 422),
        ({"regions": []}, 400),
        ({"regions": None}, 422),
        ({"regions": "all"}, 422),
        ({"regions": [5]}, 422),
        ({"regions": [{}]}, 422),
        ({"regions": [{"x": 1, "y": 1, "width": 5}]}, 422),
        ({"regions": [BOX | {"width": -5}]}, 422),
        ({"regions": [BOX | {"x": "a"}]}, 422),
        ({"regions": [BOX | {"polygon": [[1, 1], [2, 2]]}]}, 422),
        ({"regions": [BOX | {"polygon": [[1, 1], [2, 2], [3]]}]}, 422),
        ({"regions": [BOX] * 1001}, 422),
        ({"regions": [BOX] * 10_000}, 422),
        ({"regions": [BOX | {"x": -9000, "y": 1e300}]}, 200),
        ({"regions": [BOX | {"width": 1e308, "height": 1e308}]}, 200),
        ({"regions": [{"bounding_box": BOX}]}, 200),
        ({"regions": [BOX] * 1000}, 200),
        ({"sd_seed": -2}, 422),
        ({"sd_steps": 0}, 422),
        ({"sd_strength": 1.5}, 422),
        ({"hd_strategy": "Fast"}, 422),
        ({"hd_strategy_crop_margin": -1}, 422),
        ({"mask_mode": "ocr"}, 422),
        ({"engine": "remote"}, 422),
        ({"model": "../../etc/passwd"}, 422),
        ({"prompt": "x" * 5000}, 422),
        ({"unknown": 1}, 200),
    ],
    ids=str,
)
def test_bad_fields_are_named(client, change, status):
    answer = client.post("/inpaint-regions", json={"image": IMAGE, "regions": [BOX]} | change)
    assert answer.status_code == status, answer.text[:300]
    if status != 200:
        check_problem(answer)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_are_refused(client, number):
    raw = json.dumps({"image": IMAGE, "regions": [BOX]}).replace('"x": 1', f'"x": {number}')
    headers = {"content-type": "application/json"}
    answer = client.post("/inpaint-regions", content=raw.encode(), headers=headers)
    assert answer.status_code == 422
    check_problem(answer)


def test_ten_thousand_regions_are_told_as_too_many(client):
    answer = client.post("/inpaint-regions-json", json={"image": IMAGE, "regions": [BOX] * 10_000})
    assert answer.json()["diagnosis"]["reason"] == "too_many_regions"


@pytest.mark.parametrize(
    ("mask", "status"),
    [
        ("", 400),
        (b64(square_mask((320, 261))), 422),
        (b64(b"no mask"), 422),
        (b64(square_mask((320, 260))), 200),
        (b64(png(Image.new("RGBA", (320, 260), (255, 255, 255, 0)))), 200),
        (b64(png(Image.new("1", (320, 260), 1))), 200),
    ],
    ids=["none", "wrong-size", "nonsense", "black", "transparent", "white-bits"],
)
def test_masks(client, mask, status):
    answer = client.post("/inpaint", json={"image": IMAGE, "mask": mask})
    assert answer.status_code == status, answer.text[:300]


def test_bodies_that_are_no_json_or_too_large(client):
    headers = {"content-type": "application/json"}
    for raw in (b"", b"{", b"[]", b"null", b'"x"'):
        assert client.post("/inpaint-regions", content=raw, headers=headers).status_code == 422
    assert client.post("/inpaint-regions", content=b" " * 8 * MIB, headers=headers).status_code == 413


def test_bad_ids(client):
    for task_id in ("../x", "a b", "", "x" * 65, "é"):
        answer = client.post("/inpaint-regions-async", json={"image": IMAGE, "regions": [BOX], "task_id": task_id})
        assert answer.status_code == 422, task_id
        assert client.get(f"/task-status/{task_id}x!").status_code in {404, 422}


def test_a_batch_has_limits(client):
    one = {"image": IMAGE, "regions": [BOX]}
    for images in ([], [one] * 33, [{"image": IMAGE}], [one | {"name": "../up"}]):
        assert client.post("/inpaint-batch", json={"images": images}).status_code == 422


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        ('{"image": ', 422, "not valid JSON"),
        ('{"image": "a",}', 422, "not valid JSON"),
        (b'{"image": "\xff"}', 400, "in UTF-8"),
        ('{"sd_seed": 1' + "0" * 5000 + "}", 400, "no deeper or longer"),
        ("[" * 100_000, 400, "no deeper or longer"),
    ],
)
def test_a_body_that_cannot_be_read_says_what_to_send(client, content, status, words):
    answer = client.post("/inpaint-regions", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status
    problem = answer.json()
    assert words in problem["detail"] + problem["hint"]
    assert all(each["pointer"] == "/" for each in problem["errors"])


def test_a_url_or_picture_that_is_refused_is_pointed_at(client):
    given = {"image": IMAGE, "regions": [BOX], "callback_url": "http://exa mple.com/"}
    answer = client.post("/inpaint-regions-async", json=given)
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/callback_url"]
    answer = client.post("/inpaint-regions", json={"image": "AAAA", "regions": [BOX]})
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/image"]


def test_an_empty_part_is_pointed_at_in_the_words_of_the_original(client):
    for route, body, pointer, detail in (
        ("/inpaint-regions", {"image": " ", "regions": [BOX]}, "/image", "No image provided"),
        ("/inpaint-regions", {"image": IMAGE, "regions": []}, "/regions", "No regions provided"),
        ("/inpaint-regions-async", {"image": IMAGE, "regions": []}, "/regions", "No regions provided"),
        ("/inpaint", {"image": IMAGE, "mask": ""}, "/mask", "No mask provided"),
    ):
        answer = client.post(route, json=body)
        problem = answer.json()
        assert (answer.status_code, problem["detail"]) == (400, detail)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
