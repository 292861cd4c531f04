"""The application over the real model, with random weights that are loaded as real ones are."""

import io

import httpx2
import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from deployments.framepack import FramePack
from engines.framepack import mp4
from foundation.settings import get_settings
from scripts.lib.tiny_models.framepack import write_framepack
from tests.support.framepack_app import FramePackApp
from tests.support.framepack_client import FramePackClient, base64_of
from tests.support.waiting import until


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("local")
    write_framepack(folder / "models")
    write_loras(folder / "models" / "loras")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KOMA_DATA_DIR", str(folder))
        get_settings.cache_clear()
        model = FramePack({})
        with FramePackApp(local=model).served() as url, httpx2.Client(base_url=url, timeout=120) as http:
            yield FramePackClient(http)
        model.__del__()
    get_settings.cache_clear()


def write_loras(folder):
    folder.mkdir()
    torch.manual_seed(1)
    layer = "transformer.transformer_blocks.0.attn.to_q"
    fits = {f"{layer}.lora_A.weight": torch.randn(4, 32), f"{layer}.lora_B.weight": torch.randn(32, 4)}
    save_file(fits, folder / "fits.safetensors")
    save_file({"lora_te_text_model.lora_down.weight": torch.zeros(4, 8)}, folder / "other.safetensors")


def pixels(client, job_id, index=0):
    status = client.ended(job_id)
    assert status["result"]["engine"] == "local"
    data = client.http.get(status["result"]["images"][index]["url"]).content
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_a_picture_is_the_same_again_and_another_with_a_lora(client):
    first, again = (pixels(client, client.image(seed=5)) for _ in range(2))
    assert np.array_equal(first, again)
    assert first.std() > 0
    changed = pixels(client, client.image(seed=5, lora_paths=["fits.safetensors"], lora_scales=[2.0]))
    assert not np.array_equal(first, changed)
    assert np.array_equal(first, pixels(client, client.image(seed=5)))


def test_a_lora_that_does_not_fit_is_refused_before_there_is_a_job(client):
    body = {"prompt": "a", "lora_paths": ["fits.safetensors", "other.safetensors"]}
    answer = client.http.post("/api/generate-image", json=body)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/lora_paths")
    assert "other.safetensors" in answer.json()["detail"]


def test_a_batch_gives_the_pictures_that_its_prompts_give_alone(client):
    job = client.batch(["a harbour", "a tower"], seeds=[5, 6])
    for index, (prompt, seed) in enumerate((("a harbour", 5), ("a tower", 6))):
        alone = pixels(client, client.image(prompt, seed=seed))
        # rows that share a forward are rounded in another order
        assert np.abs(pixels(client, job, index) - alone).max() <= 1


def test_a_transfer_of_no_strength_is_the_source(client):
    body = {"source_image": base64_of(64, 64), "target_image": base64_of(64, 64, 3)}
    retained, free = (pixels(client, client.transfer(transfer_strength=s, seed=1, **body)) for s in (0, 1))
    assert not np.array_equal(retained, free)
    figures = client.http.get("/").json()["engines"]["local"]
    assert (figures["ready"], figures["memory"], figures["active_runs"]) == (True, "resident", 0)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_a_film_of_two_sections_is_made_and_seen_growing(client, mode):
    wished = {"steps": "1", "resolution": "64", "video_length": "2.4", "sampling_mode": mode, "lora_path": ""}
    job = client.film(**wished)
    until(lambda: client.http.get(f"/api/jobs/{job}/film").status_code == 200)
    growing = mp4.probe(client.http.get(f"/api/jobs/{job}/film").content)
    status = client.ended(job, seconds=120)
    assert (status["result"]["engine"], status["result"]["frames"], status["result"]["fps"]) == ("local", 73, 30)
    film = client.http.get(f"/download/video/{job}").content
    assert mp4.probe(film) == mp4.VideoInfo(64, 64, 73, 30, "h264")
    assert growing.frames in {33, 36, 37, 69, 73}
    assert not np.array_equal(mp4.frame(film, 0), mp4.frame(film, 72))


def test_a_cancelled_film_leaves_the_engine_within_a_step(client):
    job = client.film(steps="100", resolution="64", video_length="60")
    until(lambda: client.job(job)["step"])
    client.http.post(f"/cancel/{job}")
    client.ended(job, "cancelled")
    until(lambda: client.http.get("/").json()["engines"]["local"]["active_runs"] == 0)
