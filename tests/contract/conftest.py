"""The manga application over a real store, without Ray; the text-removal application, served with its worker."""

import httpx2
import pytest
from starlette.testclient import TestClient

from foundation.settings import get_settings
from graphs.manga.app import create_manga_app
from tests.support.absent import ABSENT
from tests.support.framepack_app import FramePackApp
from tests.support.framepack_client import FramePackClient
from tests.support.inpaint_api import API
from tests.support.inpaint_app import InpaintApp
from tests.support.picture_server import picture_server
from tests.support.pictures import page
from tests.support.style_app import StyleApp
from tests.support.web import served

SOCKET_WAIT = "3"


@pytest.fixture
def client(tmp_path, monkeypatch):
    monkeypatch.setenv("KOMA_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SOCKET_WAIT_SECONDS", SOCKET_WAIT)
    monkeypatch.setenv("CORS_ORIGINS", '["https://app.example"]')
    get_settings.cache_clear()
    with TestClient(create_manga_app(ABSENT), raise_server_exceptions=False) as instance:
        yield instance
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def inpaint_environment():
    """Environment variables of the served application; a module may override it."""
    return {}


@pytest.fixture(scope="module")
def inpaint(tmp_path_factory, inpaint_environment):
    """Text removal and its URL."""
    folder = tmp_path_factory.mktemp("inpaint")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "KOMA_DATA_DIR": str(folder),
            "SOCKET_WAIT_SECONDS": SOCKET_WAIT,
            **inpaint_environment,
        }.items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        app = InpaintApp(folder / "models")
        with app.served() as url:
            app.url = url
            yield app
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def style_environment():
    """Environment variables of the served style application; a module may override it."""
    return {}


@pytest.fixture(scope="module")
def style(tmp_path_factory, style_environment):
    """The style application and its URL. It may download from and deliver to this machine."""
    folder = tmp_path_factory.mktemp("style")
    here = {"IMAGE_HOSTS": '["127.0.0.1"]', "CALLBACK_HOSTS": '["127.0.0.1"]', "KOMA_DATA_DIR": str(folder)}
    here["SOCKET_WAIT_SECONDS"] = SOCKET_WAIT
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (here | style_environment).items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        app = StyleApp()
        with app.served() as url:
            app.url = url
            yield app
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def framepack_environment():
    """Environment variables of the served FramePack application; a module may override it."""
    return {}


@pytest.fixture(scope="module")
def framepack(tmp_path_factory, framepack_environment):
    """The FramePack application and its URL. LORA_DIR and VIDEO_DIR are folders of its own."""
    folder = tmp_path_factory.mktemp("framepack")
    here = {"KOMA_DATA_DIR": str(folder), "LORA_DIR": str(folder / "loras"), "VIDEO_DIR": str(folder / "films")}
    here["SOCKET_WAIT_SECONDS"] = SOCKET_WAIT
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (here | framepack_environment).items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        app = FramePackApp()
        with app.served() as url:
            app.url, app.folder = url, folder
            yield app
    get_settings.cache_clear()


@pytest.fixture
def framepack_client(framepack):
    """A client of that application."""
    with httpx2.Client(base_url=framepack.url, timeout=60) as instance:
        yield FramePackClient(instance)
    framepack.open()
    framepack.small.ready = True


@pytest.fixture(scope="module")
def pictures():
    """The URL of a server of pictures."""
    with served(picture_server()) as url:
        yield url


@pytest.fixture
def http_client(inpaint):
    """A client of the house's API."""
    with httpx2.Client(base_url=inpaint.url + API, timeout=30) as instance:
        yield instance


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    """A page with words, as a file."""
    path = tmp_path_factory.mktemp("pages") / "page.png"
    page().save(path)
    return path
