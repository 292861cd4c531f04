"""One emulator for all tests of a module run, empty before each of them."""

import pytest

from engines.vertex.clients import Clients
from engines.vertex.gate import Limit, LocalGate
from engines.vertex.images import ImageModels
from engines.vertex.options import VertexOptions
from engines.vertex.text import TextModel
from engines.writer.gemini import GeminiWriter
from foundation.settings import Settings
from tests.emulator.running import Emulator

TOKEN = "a-secret-token"


@pytest.fixture(scope="session")
def running_emulator():
    emulator = Emulator("--token", TOKEN, "--side", "96")
    yield emulator
    emulator.stop()


@pytest.fixture
def emulator(running_emulator):
    running_emulator.forget()
    return running_emulator


def options_for(emulator, **changes):
    """The options of settings that point to the emulator."""
    options = {
        "vertex_project": "p",
        "vertex_base_url": emulator.url,
        "vertex_grpc_target": emulator.grpc_target,
        "vertex_token": TOKEN,
        "vertex_prices": {"gemini-": {"input": 1.0, "output": 10.0}, "imagen-": {"image": 0.04}},
    }
    return VertexOptions.of(Settings(_env_file=None, **(options | changes)))


def local_gate(calls=5, rpm=6000):
    return LocalGate({"text": Limit(calls, rpm), "image": Limit(calls, rpm)})


@pytest.fixture
async def texts(emulator):
    clients = Clients(options_for(emulator))
    yield TextModel(options_for(emulator), clients, local_gate())
    await clients.close()


@pytest.fixture
async def images(emulator):
    clients = Clients(options_for(emulator))
    yield ImageModels(options_for(emulator), clients, local_gate())
    await clients.close()


@pytest.fixture
async def gemini(emulator):
    options = options_for(emulator)
    clients = Clients(options)
    yield GeminiWriter(TextModel(options, clients, local_gate()), options.text_model, options.plan_model)
    await clients.close()


def outcomes(emulator):
    return [call["outcome"] for call in emulator.calls]
