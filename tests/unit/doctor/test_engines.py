"""Weights, servers, credentials, fonts and keys in real states."""

import json
import shutil

from scripts.lib.doctor import access, engines
from scripts.lib.tiny_models.diffusion import write_checkpoint
from tests.support.comfy_servers import ComfyServer
from tests.support.servers import free_port
from tests.unit.doctor.findings import SECRET, settings_of


def test_weights_by_engine(tmp_path):
    models = tmp_path / "models"
    for look in (engines.inpaint, engines.diffusion, engines.framepack):
        assert look(settings_of(tmp_path))[0].state == "missing", look
    assert engines.inpaint(settings_of(tmp_path))[0].fix == "./scripts/fetch_models lama"
    assert engines.inpaint(settings_of(tmp_path, iopaint_model="cv2"))[0].state == "ready"
    assert engines.inpaint(settings_of(tmp_path, iopaint_model="llama"))[0].state == "broken"
    write_checkpoint("tiny-sd15", models)
    (models / "big-lama.pt").touch()
    (models / "framepack").mkdir()
    (models / "framepack" / "model_index.json").touch()
    for look in (engines.inpaint, engines.diffusion, engines.framepack):
        assert look(settings_of(tmp_path))[0].state == "ready", look
    assert engines.diffusion(settings_of(tmp_path, style_checkpoint="other.safetensors"))[0].state == "broken"


def test_comfyui_servers_that_answer_and_that_do_not(tmp_path):
    assert engines.comfyui(settings_of(tmp_path))[0].state == "missing"
    server = ComfyServer()
    try:
        dead = f"http://koma:{SECRET}@127.0.0.1:{free_port()}"
        first, second = engines.comfyui(settings_of(tmp_path, comfyui_base_url=f"{server.url},{dead}"))
    finally:
        server.stop()
    assert (first.state, second.state) == ("ready", "broken")
    assert SECRET not in second.detail


def test_google(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    assert engines.google(settings_of(tmp_path))[0].state == "missing"
    project = {"vertex_project": "p"}
    assert engines.google(settings_of(tmp_path, **project))[0].state == "broken"
    assert engines.google(settings_of(tmp_path, **project, vertex_base_url="http://127.0.0.1:1"))[0].state == "ready"
    held = tmp_path / ".config" / "gcloud"
    held.mkdir(parents=True)
    (held / "application_default_credentials.json").write_text(
        json.dumps({"type": "authorized_user", "client_id": "c", "client_secret": SECRET, "refresh_token": SECRET})
    )
    assert engines.google(settings_of(tmp_path, **project))[0].state == "ready"


def test_fonts_that_cannot_be_read_are_named(tmp_path, monkeypatch):
    from engines.comic.lettering import faces

    shutil.copytree(faces.FONT_DIR, tmp_path / "fonts")
    (tmp_path / "fonts" / "bangers.ttf").write_bytes(b"no font")
    (tmp_path / "fonts" / "comic-neue-bold.ttf").unlink()
    monkeypatch.setattr(faces, "FONT_DIR", tmp_path / "fonts")
    faces.face.cache_clear()
    try:
        found = engines.assets(settings_of(tmp_path))[0]
    finally:
        faces.face.cache_clear()
    assert (found.state, found.detail) == ("broken", "bangers, comic-neue-bold cannot be read")


def test_who_may_come_in(tmp_path):
    keys, secret = access.keys(settings_of(tmp_path))
    assert (keys.state, secret.state) == ("missing", "ready")
    keys, secret = access.keys(settings_of(tmp_path, api_keys=[SECRET], database_url="postgresql://h/d"))
    assert (keys.state, keys.detail, secret.state) == ("ready", "1 key", "missing")
    *_, webhook = access.keys(settings_of(tmp_path, webhook_secret="whsec_!"))
    assert (webhook.name, webhook.state) == ("WEBHOOK_SECRET", "broken")
