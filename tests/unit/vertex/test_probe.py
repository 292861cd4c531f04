"""Readiness: it says what is used, or the command that mends it; it sends nothing to a model."""

import pytest

from engines.vertex.options import VertexOptions
from engines.vertex.probe import CredentialProbe, find_credentials
from foundation.settings import Settings
from tests.unit.vertex.conftest import TOKEN, options_for


def probed(**settings):
    return find_credentials(VertexOptions.of(Settings(_env_file=None, **settings)))


def test_without_a_project_the_setting_is_named():
    readiness = probed()
    assert not readiness.ready
    assert "VERTEX_PROJECT" in readiness.detail


@pytest.mark.parametrize("path", ["nowhere.json", ""])
def test_without_credentials_the_command_is_named(monkeypatch, tmp_path, path):
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    if path:
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / path))
    else:
        monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    readiness = probed(vertex_project="p")
    assert not readiness.ready
    assert "gcloud auth application-default login" in readiness.detail


async def test_an_emulator_is_ready_and_is_not_called(emulator):
    readiness = await CredentialProbe(options_for(emulator)).look()
    assert readiness.ready
    assert emulator.url in readiness.detail
    assert emulator.calls == []


def test_options_do_not_show_their_token(emulator):
    options = options_for(emulator)
    assert options.token == TOKEN
    assert TOKEN not in repr(options)
