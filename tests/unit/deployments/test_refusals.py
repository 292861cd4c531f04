"""What the house refuses to start with: each time with what mends it."""

import os
import subprocess

import pytest
import yaml

from deployments.cluster import ROOT
from deployments.diffuser import Diffuser
from deployments.framepack import FramePack
from deployments.inpaint import Inpainter
from deployments.refusals import refuse_cloud, refuse_lone_gcs, refuse_open_binding, refuse_shared_sqlite
from foundation.errors import EngineNotReady, InvalidInput, Misconfigured
from foundation.settings import Settings, get_settings
from scripts.lib.tiny_models.diffusion import write_checkpoint

KEYS = {"api_keys": ["a-key-of-this-test-alone"]}
SQLITE, POSTGRES = "sqlite+aiosqlite:////data/koma.db", "postgresql+asyncpg://koma@db/koma"


def settings(**values):
    return Settings(_env_file=None, **values)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"])
def test_loopback_needs_no_key(host):
    refuse_open_binding(host, settings())


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.7", "koma.example", "", "127.0.0.1.example"])
def test_an_address_that_others_reach_needs_keys(host):
    with pytest.raises(Misconfigured, match=r"set API_KEYS=.*openssl rand.* or listen on 127\.0\.0\.1"):
        refuse_open_binding(host, settings())
    refuse_open_binding(host, settings(**KEYS))


def test_a_file_of_one_node_is_no_database_for_two():
    refuse_shared_sqlite(SQLITE, 1)
    with pytest.raises(Misconfigured, match="this cluster has 2; set DATABASE_URL to PostgreSQL"):
        refuse_shared_sqlite(SQLITE, 2)
    refuse_shared_sqlite(POSTGRES, 2)


def test_a_cloud_keeps_its_state_in_redis():
    with pytest.raises(Misconfigured, match="set RAY_REDIS_ADDRESS to host:port"):
        refuse_lone_gcs(settings())
    refuse_lone_gcs(settings(ray_redis_address="redis:6379"))


def test_a_cloud_profile_asks_for_all_of_it():
    values = {}
    for entries, more in [
        ("RAY_REDIS_ADDRESS", {"ray_redis_address": "redis:6379"}),
        ("API_KEYS", KEYS),
        ("DATABASE_URL", {"database_url": POSTGRES}),
    ]:
        with pytest.raises(Misconfigured, match=entries):
            refuse_cloud(settings(**values))
        values |= more
    refuse_cloud(settings(**values))


@pytest.mark.parametrize("arguments", [["{config}"], ["{config}", "--app", "inpaint"]])
def test_serve_refuses_before_it_starts_anything(arguments, tmp_path):
    config = yaml.safe_load((ROOT / "serve_config.yaml").read_text())
    alone = "--app" in arguments
    config["http_options"]["host"] = "127.0.0.1" if alone else "0.0.0.0"
    (tmp_path / "open.yaml").write_text(yaml.safe_dump(config))
    environment = {k: v for k, v in os.environ.items() if k not in {"API_KEYS", "RAY_AUTH_MODE"}}
    environment |= {"IOPAINT_HOST": "0.0.0.0", "KOMA_DATA_DIR": str(tmp_path / "data")}
    command = ["./scripts/serve", *(each.format(config=tmp_path / "open.yaml") for each in arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "would listen on 0.0.0.0 and serve anybody; set API_KEYS=" in done.stderr
    assert "replicas" not in done.stdout


@pytest.fixture
def models(tmp_path, monkeypatch):
    monkeypatch.setenv("KOMA_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield get_settings().resolved_model_dir
    get_settings.cache_clear()


def test_an_inpainter_starts_only_with_the_weights_that_it_was_told_of(models):
    Inpainter({"required": ["cv2"]})
    with pytest.raises(EngineNotReady, match=r"lama lacks .*: ./scripts/fetch_models lama"):
        Inpainter({"required": ["cv2", "lama"]})
    with pytest.raises(InvalidInput, match="there is no model 'llama'; models are "):
        Inpainter({"required": ["llama"]})


def test_a_diffuser_starts_only_with_the_checkpoints_that_it_was_told_of(models):
    name = "tiny-sd15.safetensors"
    with pytest.raises(EngineNotReady, match=f"there is no checkpoint {name}; put it into MODEL_DIR/checkpoints"):
        Diffuser({}, {"required": [name]})
    write_checkpoint("tiny-sd15", models)
    Diffuser({}, {"required": [name]}).__del__()


def test_framepack_starts_only_with_weights_if_told_so(models):
    FramePack({}).__del__()
    with pytest.raises(EngineNotReady, match="put FramePack's diffusers folder at MODEL_DIR/framepack"):
        FramePack({"required": True})
    (models / "framepack").mkdir(parents=True)
    (models / "framepack" / "model_index.json").write_text("{}")
    FramePack({}).__del__()
    with pytest.raises(EngineNotReady, match="the weights cannot be read"):
        FramePack({"required": True})
