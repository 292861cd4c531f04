"""Fixtures of the runner's tests."""

import pytest

from foundation.blobs import BlobStore
from foundation.cache import Cache
from foundation.runner.context import Resources
from foundation.settings import Settings


@pytest.fixture
def resources(store, tmp_path):
    settings = Settings(job_poll_seconds=0.02, feedback_timeout_minutes=1)
    return Resources(store, BlobStore((tmp_path / "blobs").as_uri()), Cache(store.database), {}, settings)
