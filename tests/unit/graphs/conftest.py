"""The manga graph over the real engines, without Ray."""

import json
from dataclasses import replace

import pytest

from deployments.cluster import ROOT
from foundation.blobs import BlobStore
from foundation.cache import Cache
from foundation.database import Database
from foundation.hints import Hints
from foundation.jobs.leases import WorkerStore
from foundation.migrate import migrate
from foundation.runner.context import Resources
from foundation.settings import Settings, get_settings
from graphs.manga import artists as manga_artists
from graphs.manga.artists import SCRIBBLE, Canvas
from scripts.lib.tiny_models.diffusion import write_checkpoint
from scripts.lib.tiny_models.framepack import write_framepack
from tests.emulator.running import Emulator
from tests.support.absent import ABSENT
from tests.support.manga_engines import google_engines, local_engines
from tests.support.remembering import Remembering
from tests.unit.graphs.sessions import FakeContext, LocalModel
from tests.unit.vertex.conftest import local_gate

TOKEN = "a-secret-token"
# what the rules drew for an earlier test
ANSWERS = {}


@pytest.fixture
async def manga_resources(tmp_path, monkeypatch):
    from deployments import manga

    monkeypatch.setattr(manga.serve, "get_replica_context", FakeContext)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/koma.db")
    await migrate(database)
    store = WorkerStore(database, Hints())
    models = {
        "writer": LocalModel(manga.Writer()),
        "artist": LocalModel(manga.Artist()),
        "letterer": LocalModel(manga.Letterer()),
        **ABSENT,
    }
    settings = Settings(job_poll_seconds=0.02)
    resources = Resources(store, BlobStore((tmp_path / "blobs").as_uri()), Cache(database), models, settings)
    yield resources
    await database.close()


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    write_framepack(folder)
    *_, net = [path for path in write_checkpoint("tiny-sd15", folder) if path.parent.name == "controlnet"]
    net.rename(net.with_name(SCRIBBLE))
    return folder


@pytest.fixture(scope="session")
def emulator():
    instance = Emulator("--token", TOKEN, "--side", "96")
    yield instance
    instance.stop()


@pytest.fixture(scope="session")
def quick_workflows(tmp_path_factory):
    """The workflows of the house with one step on small pictures."""
    folder = tmp_path_factory.mktemp("workflows")
    for name in ("style_change", "style_scribble"):
        workflow = json.loads((ROOT / "assets" / "workflows" / f"{name}.json").read_text())
        for node in workflow.values():
            quick = {"steps": 1, "megapixels": 0.01}
            node["inputs"] |= {key: value for key, value in quick.items() if key in node["inputs"]}
        (folder / f"{name}.json").write_text(json.dumps(workflow))
    return folder


@pytest.fixture
def engines(manga_resources, weights, quick_workflows, emulator, monkeypatch):
    """The studio with all engines; small pictures."""
    emulator.forget()
    here = {
        "MODEL_DIR": str(weights),
        "WORKFLOW_DIR": str(quick_workflows),
        "STYLE_CHECKPOINT": "tiny-sd15.safetensors",
        "VERTEX_PROJECT": "p",
        "VERTEX_BASE_URL": emulator.url,
        "VERTEX_GRPC_TARGET": emulator.grpc_target,
        "VERTEX_TOKEN": TOKEN,
        "MANGA_TEXT_BUDGET_S": "20",
        "MANGA_IMAGE_BUDGET_S": "20",
    }
    for name, value in here.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    small = {
        name: replace(engine, canvas=Canvas(96 * 96, engine.canvas.multiple))
        for name, engine in manga_artists.ARTISTS.items()
    }
    monkeypatch.setattr("graphs.manga.drawing.ARTISTS", small)
    monkeypatch.setattr("graphs.manga.artists.STEPS", 1)
    # the tests of the clients take the real wait
    monkeypatch.setattr("engines.vertex.retry.FIRST_WAIT_S", 0.05)
    pure = {name: Remembering(name, manga_resources.models[name], ANSWERS) for name in ("artist", "letterer")}
    manga_resources.models.update(pure | local_engines() | google_engines(local_gate()))
    yield manga_resources
    get_settings.cache_clear()
