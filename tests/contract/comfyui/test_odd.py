"""The ComfyUI surface under odd guests: what could not be told again, long queues, odd names."""

import json
import urllib.parse

import pytest

from tests.support.comfyui_api import upload, workflow
from tests.support.pictures import page, png
from tests.support.waiting import until


@pytest.mark.parametrize(
    "extra", ['{"x": NaN}', '{"x": 1e999}', '{"x": "\\ud800"}', '{"x": ' + "[" * 400 + "]" * 400 + "}"]
)
def test_what_could_not_be_told_again_is_refused_and_the_queue_stays_readable(http, extra):
    body = f'{{"prompt": {json.dumps(workflow(seed=31))}, "extra_data": {extra}}}'
    refused = http.post("/prompt", content=body, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "invalid_input"), refused.text
    assert http.get("/queue").status_code == 200
    assert http.get("/history").status_code == 200


def test_a_prompt_that_is_too_large_is_refused(http):
    refused = http.post("/prompt", json={"prompt": workflow(), "extra_data": {"x": "y" * 4_000_000}})
    assert refused.status_code == 413


def test_a_history_that_is_forgotten_takes_its_files_along(http, client):
    prompt_id = client.queue(workflow(seed=32, prefix="forgotten"))
    client.messages(prompt_id)
    outputs = http.get(f"/history/{prompt_id}").json()[prompt_id]["outputs"]
    (image,) = (image for output in outputs.values() for image in output["images"])
    place = urllib.parse.urlencode(image)
    assert http.get(f"/view?{place}").status_code == 200
    http.post("/history", json={"delete": [prompt_id, "unknown"]}).raise_for_status()
    assert http.get(f"/history/{prompt_id}").json() == {}
    assert http.get(f"/view?{place}").status_code == 404


def test_a_client_with_a_long_queue_hears_of_what_runs(http, client, style, monkeypatch):
    monkeypatch.setattr("serve_app.comfyui.events.MOST_FOLLOWED", 5)
    style.close_gate("diffuser")
    # a few run at once, and the others wait behind them
    first, *_, last = [client.queue(workflow(seed=40 + n, steps=1)) for n in range(25)]
    until(lambda: http.get("/queue").json()["queue_running"])
    while True:
        message = json.loads(client.socket.recv(timeout=20))
        if message["type"] == "execution_start" and message["data"]["prompt_id"] == first:
            break
    style.open_gate("diffuser")
    texts, _ = client.messages(first)
    assert texts[-1]["data"]["prompt_id"] == first
    until(lambda: last in http.get("/history").json())


@pytest.mark.parametrize("name", ["x" * 200, "\u753b" * 150 + ".png", "a b%20?#.png", "con:.png", "..png"])
def test_odd_names_of_uploads_are_kept_or_refused(http, name):
    answer = upload(http, name)
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 200:
        given = urllib.parse.urlencode({"filename": answer.json()["name"], "type": "input"})
        assert http.get(f"/view?{given}").content == png(page(64, 64))


def test_a_parameter_or_field_that_is_wrong_is_named(http):
    queried = http.get("/history", params={"max_items": "many"})
    assert queried.json()["error"]["details"].startswith("max_items: ")
    posted = http.post("/upload/image", data={"image": "a.png"}, files={"x": ("x.png", png(page(8, 8)))})
    assert posted.json()["error"]["details"] == "image: must be a file of the multipart form, not a text"
    broken = http.post("/prompt", content='{"prompt": ')
    assert "not valid JSON" in broken.json()["error"]["details"]
