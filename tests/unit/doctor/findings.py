"""Settings of a test's own, and a secret that must be shown nowhere."""

from foundation.settings import Settings
from tests.support.servers import free_port

SECRET = "geheim-geheim-geheim-geheim-geheim-geheim"


def settings_of(folder, **values):
    """Settings over a data folder, without a file."""
    return Settings(_env_file=None, koma_data_dir=folder, **values)


def state(findings, name):
    """State, detail and mend of the one finding of this name."""
    (found,) = [each for each in findings if each.name == name]
    return found.state, found.detail, found.fix


def closed_port_url(scheme):
    """A URL with a password, of a port where nobody listens."""
    return f"{scheme}://koma:{SECRET}@127.0.0.1:{free_port()}/0"
