"""Stand-in weights, made once for each run."""

import pytest


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """A model folder with stand-ins of all but the large models."""
    from engines.inpaint.models.catalogue import catalogue
    from scripts.lib.make_tiny_models import make
    from scripts.lib.tiny_models.inpaint import LARGE

    folder = tmp_path_factory.mktemp("weights")
    make([name for name in catalogue() if name not in LARGE], folder)
    return folder
