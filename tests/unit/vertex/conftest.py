"""One emulator for all tests of a module run, empty before each of them."""

import pytest

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
