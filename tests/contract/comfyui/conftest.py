"""A small checkpoint behind ComfyUI's API, and clients of it."""

import httpx2
import pytest

from scripts.lib.make_tiny_models import make_diffusion
from tests.support.comfyui_api import CHECKPOINT, Client, upload


@pytest.fixture(scope="module")
def style_environment(tmp_path_factory):
    models = tmp_path_factory.mktemp("models")
    result = make_diffusion(["tiny-sd15"], models)
    next(path for path in result if path.parent.name == "checkpoints" and path.suffix == ".safetensors").rename(
        models / "checkpoints" / CHECKPOINT
    )
    return {"MODEL_DIR": str(models)}


@pytest.fixture
def http(style):
    with httpx2.Client(base_url=style.url, timeout=60) as instance:
        upload(instance, "house.png")
        yield instance


@pytest.fixture
def client(style):
    with Client(style.url) as instance:
        yield instance


@pytest.fixture
def other(style):
    with Client(style.url, flags=True) as instance:
        yield instance
