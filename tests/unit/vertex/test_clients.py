"""The clients as they are made for Google itself. Nothing is sent: there is no network in these tests."""

import pytest

from engines.vertex.clients import Clients
from engines.vertex.errors import AuthFailed
from engines.vertex.images import ImageModels
from engines.vertex.options import VertexOptions
from engines.vertex.picture import ImageAsk
from engines.vertex.text import Prompt, TextModel
from foundation.settings import Settings
from tests.unit.vertex.conftest import local_gate
from tests.unit.vertex.people import People


def google(**changes):
    return VertexOptions.of(Settings(_env_file=None, **({"vertex_project": "p"} | changes)))


@pytest.fixture
def no_credentials(monkeypatch, tmp_path):
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)


@pytest.mark.parametrize(
    ("location", "host"),
    [("us-central1", "us-central1-aiplatform.googleapis.com"), ("global", "aiplatform.googleapis.com")],
)
async def test_imagen_is_asked_at_its_location_with_tls(location, host):
    clients = Clients(google(vertex_token="t"))
    client, metadata = clients.imagen(location)
    assert client.transport.host.removesuffix(":443") == host
    assert metadata == []
    assert clients.imagen(location)[0] is client
    assert clients.endpoint("imagen-9", location) == (
        f"projects/p/locations/{location}/publishers/google/models/imagen-9"
    )
    await clients.close()


async def test_a_proxy_elsewhere_is_spoken_to_with_tls():
    clients = Clients(google(vertex_token="t", vertex_grpc_target="proxy.example:8443"))
    client, metadata = clients.imagen("us-central1")
    assert client.transport.host == "proxy.example:8443"
    assert metadata == []
    await clients.close()


@pytest.mark.parametrize(("location", "start"), [("global", ""), ("europe-west4", "europe-west4-")])
async def test_gemini_is_asked_at_its_location(location, start):
    clients = Clients(google(vertex_token="t"))
    models = clients.gemini(location)
    answer = models._api_client
    assert answer._http_options.base_url.rstrip("/") == f"https://{start}aiplatform.googleapis.com"
    assert (answer.project, answer.location, answer._http_options.api_version) == ("p", location, "v1")
    await clients.close()


@pytest.mark.parametrize("kind", ["text", "image"])
async def test_without_credentials_the_first_call_tells_how_to_get_them(no_credentials, kind):
    clients = Clients(google())
    texts, images = (make(google(), clients, local_gate()) for make in (TextModel, ImageModels))
    call = texts.ask("gemini-x", Prompt("", "x", ""), People, 30) if kind == "text" else images.draw(ImageAsk("x"), 30)
    with pytest.raises(AuthFailed) as caught:
        await call
    assert "gcloud auth application-default login" in caught.value.hint
    await clients.close()


async def test_without_a_project_the_setting_is_named():
    clients = Clients(google(vertex_project=None, vertex_token="t"))
    with pytest.raises(AuthFailed, match="VERTEX_PROJECT"):
        await ImageModels(google(), clients, local_gate()).draw(ImageAsk("x"), 30)
