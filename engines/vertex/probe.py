"""Whether Google can be called, and the command that fixes it when not."""

import asyncio
import time
from dataclasses import dataclass

from engines.vertex.clients import SCOPE
from engines.vertex.errors import AuthFailed
from engines.vertex.options import VertexOptions

FRESH_S = 60.0


@dataclass(frozen=True)
class Readiness:
    """``detail`` says what is used, or what to do."""

    ready: bool
    detail: str


class CredentialProbe:
    """Looks for credentials; what it found is kept, that there are none for a minute only."""

    def __init__(self, options: VertexOptions) -> None:
        self._options = options
        self._found: Readiness | None = None
        self._until = 0.0
        self._looking = asyncio.Lock()

    async def look(self) -> Readiness:
        """Whether there are a project and credentials. It sends nothing to the models."""
        async with self._looking:
            if self._found is None or (not self._found.ready and time.monotonic() > self._until):
                # without credentials Google's library asks the network for some seconds
                self._found = await asyncio.to_thread(find_credentials, self._options)
                self._until = time.monotonic() + FRESH_S
            return self._found


def find_credentials(options: VertexOptions) -> Readiness:
    """Whether there are a project and credentials."""
    from google.auth import default
    from google.auth.exceptions import DefaultCredentialsError

    if not options.project:
        return Readiness(False, "set VERTEX_PROJECT to the id of your Google Cloud project")
    if options.emulated or options.token:
        return Readiness(True, f"project {options.project} at {options.base_url or options.grpc_target or 'Google'}")
    try:
        default(scopes=[SCOPE])
    except DefaultCredentialsError:
        return Readiness(False, f"no Google credentials. {AuthFailed.hint}")
    return Readiness(True, f"project {options.project} at Google, credentials found")
