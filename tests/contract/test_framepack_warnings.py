"""FramePack drops nothing in silence: unknown fields, a job's data sent back, words that the draft does not know."""

import base64

import pytest

from tests.support.framepack_client import SMALL, base64_of
from tests.support.pictures import page, png


@pytest.fixture
def loras(framepack):
    folder = framepack.folder / "loras"
    folder.mkdir(exist_ok=True)
    for name in ("ink.safetensors", "wash.safetensors"):
        (folder / name).write_bytes(b"x")
    framepack.small.requests.clear()
    framepack.small.loras = ["ink.safetensors", "wash.safetensors"]
    yield ["ink.safetensors", "wash.safetensors"]
    for name in ("ink.safetensors", "wash.safetensors"):
        (folder / name).unlink()


def codes(warnings):
    return [(each["pointer"], each["code"]) for each in warnings]


def test_a_jobs_own_data_asks_for_the_same_again(framepack, framepack_client, loras):
    first = framepack_client.image("ink", seed=7, lora_paths=loras, lora_scales=[0.8, 0.5])
    data = framepack_client.ended(first)["data"]
    assert (data["lora_paths"], data["lora_scales"]) == (loras, [0.8, 0.5])
    picture = framepack_client.http.get(framepack_client.job(first)["result"]["image_path"]).content
    upload = {"image": ("a.png", picture, "image/png")}
    parameters = framepack_client.http.post("/api/image-parameters", files=upload).json()["parameters"]
    for body in (data, parameters):
        answer = framepack_client.http.post("/api/generate-image", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["warnings"] == []
        framepack_client.ended(answer.json()["job_id"])
    requested = list(framepack.small.requests)
    assert [each.loras for each in requested] == [((loras[0], 0.8), (loras[1], 0.5))] * 3
    assert len({(each.prompt, each.seed, each.steps, each.width) for each in requested}) == 1


def test_a_films_own_data_asks_for_the_same_again(framepack_client, loras):
    first = framepack_client.film(lora_path=loras[0], lora_scale="0.25")
    data = framepack_client.ended(first)["data"]
    assert (data["lora_path"], data["lora_scale"]) == (loras[0], 0.25)
    form = {name: str(value) for name, value in data.items() if name not in {"width", "height"}}
    upload = {"image": ("a.png", png(page(64, 64)), "image/png")}
    answer = framepack_client.http.post("/generate", data=form, files=upload)
    assert answer.status_code == 200, answer.text
    assert "warnings" not in answer.json()


def test_unknown_fields_are_warnings_of_answer_and_job(framepack_client):
    body = {"prompt": "a harbour", "n_prompt": "fog", "guidance_scale": 3, "loras": [["a", 1]], "batch_size": 0} | SMALL
    accepted = framepack_client.http.post("/api/generate-image", json=body).json()
    wanted = [(f"/{name}", "unknown_field") for name in ("n_prompt", "guidance_scale", "loras", "batch_size")]
    assert codes(accepted["warnings"]) == wanted
    assert codes(framepack_client.ended(accepted["job_id"])["warnings"]) == wanted


def test_form_fields_without_effect_are_told(framepack_client):
    form = {"video_length": "1", "steps": "2", "use_teacache": "false", "loras": "x"}
    upload = {"image": ("a.png", png(page(64, 64)), "image/png")}
    accepted = framepack_client.http.post("/generate", data=form, files=upload).json()
    assert codes(accepted["warnings"]) == [("/loras", "unknown_field"), ("/use_teacache", "no_effect")]


def test_a_picture_that_is_cut_to_another_shape_is_told(framepack_client):
    job = framepack_client.film(png(page(2000, 20)), resolution="64")
    assert codes(framepack_client.ended(job)["warnings"]) == [("/image", "image_cut")]
    stream = framepack_client.http.get(f"/api/jobs/{job}/events").text
    assert "image_cut" in stream.rpartition("event: completed")[2]


def test_every_picture_of_a_request_that_is_cut_is_told(framepack_client):
    wide, tall = base64_of(320, 64), base64_of(64, 320)
    start = {"prompt": "a harbour", "start_image": wide} | SMALL
    assert codes(framepack_client.http.post("/api/generate-image", json=start).json()["warnings"]) == [
        ("/start_image", "image_cut")
    ]
    between = {"prompt": "a coat", "source_image": wide, "target_image": tall, "source_mask": tall, "steps": 2}
    assert codes(framepack_client.http.post("/api/transfer-image", json=between).json()["warnings"]) == [
        ("/target_image", "image_cut")
    ]
    files = {
        name: ("a.png", base64.b64decode(text), "image/png") for name, text in (("image", wide), ("end_image", tall))
    }
    film = framepack_client.http.post("/generate", data={"video_length": "1", "steps": "2"}, files=files).json()
    assert codes(film["warnings"]) == [("/end_image", "image_cut")]


def test_the_draft_says_which_words_it_drew(framepack, framepack_client):
    framepack.small.ready = False
    job = framepack_client.ended(framepack_client.batch(["a girl in the rain, chiaroscuro", "asdf qwerty"]))
    first, second = job["result"]["images"]
    assert {"girl", "rain"} <= set(first["drawn_words"])
    assert "chiaroscuro" not in first["drawn_words"]
    assert second["drawn_words"] == []
    assert codes(job["warnings"]) == [("/prompts/1", "prompt_not_understood")]


def test_a_prompt_that_is_too_long_is_counted_in_characters(framepack_client):
    answer = framepack_client.http.post("/api/generate-image", json={"prompt": "a" * 10_001} | SMALL)
    assert answer.json()["detail"] == "prompt: must have at most 10000 characters"
