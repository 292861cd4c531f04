"""What must not be accepted is refused with 422 that names the field, and never with 500."""

import base64
import io
import json
import zlib

import pytest

from tests.support.framepack_client import SMALL, base64_of
from tests.support.pictures import page, png

IMAGE = {"prompt": "a harbour"} | SMALL
BATCH = {"prompts": ["a", "b"]} | SMALL
TRANSFER = {"prompt": "a", "steps": 1, "source_image": base64_of(64, 64), "target_image": base64_of(64, 64)}
BODIES = {"generate-image": IMAGE, "batch-images": BATCH, "transfer-image": TRANSFER}


@pytest.fixture(scope="module")
def framepack_environment():
    return {"MAX_IMAGE_PIXELS": "4000000", "MAX_FILE_SIZE": "3000000", "ALLOWED_ORIGINS": "https://app.example"}


def bomb(side=30_000):
    """A small file of very many pixels."""
    header = side.to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b"")]
    file = b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    )
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + file).decode()


def animated():
    frames, out = [page(32, 32, seed) for seed in range(3)], io.BytesIO()
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:])
    return base64.b64encode(out.getvalue()).decode()


TRUNCATED = base64.b64encode(png(page(64, 64))[:200]).decode()
NOT_A_PICTURE = base64.b64encode(b"%PDF-1.7 no picture").decode()

WRONG = [
    *[("generate-image", {"width": side}, "/width") for side in (0, 48, 65, 2192, -16, "wide", 1e99)],
    *[("generate-image", {"steps": steps}, "/steps") for steps in (0, 101, 1.5, None)],
    *[("generate-image", {"cfg": cfg}, "/cfg") for cfg in (0.5, 31, float("nan"), float("inf"), "much")],
    *[("generate-image", {"prompt": text}, "/prompt") for text in ("", "  ", "a\0", "\ud800", "x" * 100_000, None, 7)],
    *[("generate-image", {"negative_prompt": text}, "/negative_prompt") for text in ("a\0", "a\udfff")],
    ("generate-image", {"lora_paths": ["\ud800.safetensors"]}, "/lora_paths/0"),
    *[("generate-image", {"seed": seed}, "/seed") for seed in (-2, 2**63, 1.5)],
    *[("generate-image", {"priority": n}, "/priority") for n in (-11, 11)],
    *[("generate-image", {"job_id": name}, "/job_id") for name in ("", "a/b", "x" * 65, "a\n")],
    *[("generate-image", {"target_index": n}, "/target_index") for n in (-1, 65, float("nan"))],
    *[("generate-image", {"rope_sweep": n}, "/rope_sweep") for n in (0, 65)],
    ("generate-image", {"engine": "remote"}, "/engine"),
    ("generate-image", {"layout": "own"}, "/layout"),
    ("generate-image", {"lora_paths": ["a.safetensors"], "lora_scales": [1, 2]}, "/lora_scales"),
    ("generate-image", {"lora_scales": [1.0]}, "/lora_scales"),
    ("generate-image", {"lora_paths": ["a.safetensors"], "lora_scales": [float("inf")]}, "/lora_scales/0"),
    *[
        ("generate-image", {"lora_paths": ["ink.safetensors", name]}, "/lora_paths/1")
        for name in (
            "../x.safetensors",
            "/etc/x.safetensors",
            "none.safetensors",
            "x.pt",
            "",
            "a\0",
            "./ink.safetensors",
        )
    ],
    ("generate-image", {"lora_paths": ["ink.safetensors"] * 2}, "/lora_paths/1"),
    ("generate-image", {"lora_paths": ["ink.safetensors"], "engine": "draft"}, "/engine"),
    ("generate-image", {"lora_paths": ["ink.safetensors", "other.safetensors"]}, "/lora_paths"),
    *[("batch-images", {"prompts": prompts}, "/prompts") for prompts in ([], ["a"] * 1000, "a", None)],
    ("batch-images", {"prompts": ["a", ""]}, "/prompts/1"),
    *[("batch-images", {"seeds": seeds}, "/seeds") for seeds in ([1], [1, 2, 3])],
    ("batch-images", {"seeds": [1, -2]}, "/seeds/1"),
    *[("batch-images", {"batch_size": n}, "/batch_size") for n in (0, 9)],
    *[("transfer-image", {"transfer_strength": s}, "/transfer_strength") for s in (-0.1, 1.1, float("nan"))],
    ("transfer-image", {"width": 640}, "/height"),
    ("transfer-image", {"height": 640}, "/height"),
    *[
        ("transfer-image", {field: text}, f"/{field}")
        for field in ("source_image", "target_image", "source_mask", "target_mask")
        for text in ("!!!", NOT_A_PICTURE, TRUNCATED, "")
    ],
    *[
        ("generate-image", {"start_image": text}, "/start_image")
        for text in ("AAA", animated(), "data:image/png;base64")
    ],
]


@pytest.fixture(scope="module", autouse=True)
def loras(framepack):
    folder = framepack.folder / "loras"
    folder.mkdir()
    for name in ("ink.safetensors", "other.safetensors"):
        (folder / name).write_bytes(b"x")
    (framepack.folder / "x.safetensors").write_bytes(b"x")
    framepack.small.loras = ["ink.safetensors"]


@pytest.mark.parametrize(("route", "wrong", "pointer"), WRONG)
def test_a_wrong_field_is_named(framepack_client, route, wrong, pointer):
    body = json.dumps(BODIES[route] | wrong)
    answer = framepack_client.http.post(f"/api/{route}", content=body, headers={"Content-Type": "application/json"})
    payload = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text
    assert payload["errors"][0]["pointer"] == pointer
    assert payload["detail"].startswith(pointer.removeprefix("/"))
    assert payload["hint"]


def test_nothing_of_what_was_refused_was_kept(framepack_client, framepack):
    assert framepack_client.http.get("/api/jobs").json()["total"] == 0
    assert framepack.stored_files() == set()


def test_too_many_pixels_or_bytes_are_too_large(framepack_client):
    large = base64.b64encode(b"\0" * 3_000_001).decode()
    for text in (bomb(), large):
        answer = framepack_client.http.post("/api/generate-image", json=IMAGE | {"start_image": text})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.json()["errors"][0]["pointer"] == "/start_image"
    body = framepack_client.http.post("/api/generate-image", json=IMAGE | {"start_image": "A" * 20_000_000})
    assert body.status_code == 413


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"a"', b"null", b"\xff\xfe"])
def test_a_body_that_is_no_object_is_refused(framepack_client, content):
    for route in BODIES:
        answer = framepack_client.http.post(
            f"/api/{route}", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in {400, 422}
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        *[({"video_length": value}, "/video_length") for value in ("0", "-1", "nan", "inf", "121", "long")],
        *[({"steps": value}, "/steps") for value in ("0", "101", "1.5")],
        *[({"mp4_crf": value}, "/mp4_crf") for value in ("-1", "52", "nan")],
        *[({"seed": value}, "/seed") for value in ("-2", str(2**63))],
        ({"sampling_mode": "sideways"}, "/sampling_mode"),
        ({"prompt": "x" * 100_000}, "/prompt"),
        ({"prompt": "a\0"}, "/prompt"),
        ({"cfg": "0"}, "/cfg"),
        *[({"resolution": value}, "/resolution") for value in ("63", "961", "640.5")],
        ({"use_teacache": "perhaps"}, "/use_teacache"),
        ({"gpu_memory_preservation": "nan"}, "/gpu_memory_preservation"),
        *[({"lora_path": name}, "/lora_path") for name in ("../x.safetensors", "/etc/passwd", "none.safetensors")],
        ({"lora_path": "other.safetensors"}, "/lora_path"),
        ({"lora_path": "ink.safetensors", "lora_scale": "inf"}, "/lora_scale"),
        ({"lora_path": "ink.safetensors", "engine": "draft"}, "/engine"),
    ],
)
def test_a_wrong_field_of_the_form_is_named(framepack_client, form, pointer):
    files = {"image": ("a.png", png(page(64, 64)), "image/png")}
    answer = framepack_client.http.post("/generate", data=form, files=files)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_an_upload_that_is_no_picture_is_a_bad_request_as_it_was(framepack_client):
    good = ("a.png", png(page(64, 64)), "image/png")
    for data in (b"", b"no picture", png(page(64, 64))[:100]):
        bad = ("a.png", data, "image/png")
        answer = framepack_client.http.post("/generate", data={}, files={"image": bad})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/image")
        answer = framepack_client.http.post("/generate", data={}, files={"image": good, "end_image": bad})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/end_image")
    missing = framepack_client.http.post("/generate", data={"prompt": "a"})
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/image")


def test_a_film_that_grows_forward_takes_no_end_picture(framepack_client):
    good = ("a.png", png(page(64, 64)), "image/png")
    files = {"image": good, "end_image": good}
    answer = framepack_client.http.post("/generate", data={"sampling_mode": "forward"}, files=files)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/end_image")
    assert "choose reverse, or leave" in answer.json()["detail"]


def test_a_full_queue_says_when_to_come_again_and_keeps_no_file(framepack_client, framepack):
    framepack.close("image")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(framepack.jobs, "queue_limit", 1)
        retained = framepack_client.image(start_image=base64_of(64, 64))
        before = framepack.stored_files()
        answer = framepack_client.http.post("/api/generate-image", json=IMAGE | {"start_image": base64_of(80, 80)})
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert answer.headers["retry-after"]
        assert {path for path in framepack.stored_files() - before if retained not in path.parts} == set()
    framepack.open()
    framepack_client.ended(retained)


@pytest.mark.parametrize("job_id", ["..%2F..%2Fetc", "a%00b", "x" * 65, "%20"])
def test_an_id_that_none_can_have_is_refused(framepack_client, job_id):
    for path in ("/api/jobs/{}", "/status/{}", "/stream/status/{}", "/download/video/{}", "/input_image/{}"):
        assert framepack_client.http.get(path.format(job_id)).status_code in {404, 422}


@pytest.mark.parametrize("name", ["%00.mp4", "x" * 251 + ".mp4", "é" * 200 + ".mp4", "a%5Cb.mp4"])
def test_a_film_s_name_that_no_file_can_have_is_no_film(framepack_client, name):
    assert framepack_client.http.get(f"/videos/{name}").status_code in {400, 404}


def test_a_browser_may_call_from_the_allowed_origins_alone(framepack_client):
    for origin, allowed in (("https://app.example", "https://app.example"), ("https://evil.example", None)):
        answer = framepack_client.http.get("/queue", headers={"Origin": origin})
        assert answer.headers.get("access-control-allow-origin") == allowed
    ask = {"Origin": "https://app.example", "Access-Control-Request-Method": "DELETE"}
    assert framepack_client.http.options("/api/jobs/a", headers=ask).status_code == 200


def test_many_prompts_of_the_longest_kind_are_accepted(framepack_client):
    prompts = [f"{n:03}" + "あ" * 9_997 for n in range(100)]
    status = framepack_client.ended(framepack_client.batch(prompts, previews=False, metadata=False))
    assert len(status["result"]["images"]) == 100
