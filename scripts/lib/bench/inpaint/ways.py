"""The ways to take the words out of a page: IOPaint's server, Koma over HTTP, the bare engine in this process.

IOPaint          its server with the defaults of its requests: strategy Crop
HTTP rect, auto  the application over HTTP, strategy Auto, by mask mode
bare rect, auto  the same engine called in this process

All get a PNG file and give one; mask and regions say the same.
"""

import base64
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Protocol

from engines.inpaint.models.model_cache import ModelCache
from engines.inpaint.remover import TextRemover
from foundation.images import ImageLimits
from foundation.models.inpainter import RemovalOptions, RemovalRequest
from scripts.lib.bench.inpaint.pages import BenchPage
from scripts.lib.bench.memory import descendants, our_processes
from scripts.lib.http import Client

PEER, HTTP, BARE = "IOPaint", "HTTP", "bare"
MODES = ("rect", "auto")
ANSWER_SECONDS = 3600.0
BUDGET_MIB = 4096


class Way(Protocol):
    """One way; safe for threads where it is a server."""

    name: str

    def use(self, model: str) -> None:
        """Take this model from now on."""
        ...

    def ask(self, page: BenchPage, model: str) -> bytes:
        """The page without its words, as a PNG."""
        ...

    def pids(self) -> Collection[int]:
        """The processes that do the work."""
        ...


class PeerWay:
    """IOPaint's server with the defaults of its requests: Crop above 800 pixels, margin 128."""

    name = PEER

    def __init__(self, url: str, pid: int) -> None:
        self._client = Client(url, ANSWER_SECONDS)
        self._pid = pid

    def use(self, model: str) -> None:
        """Switch the one model that the server has."""
        self._client.post("/api/v1/model", {"name": model}).raise_for_status()

    def ask(self, page: BenchPage, model: str) -> bytes:
        """Image and mask in one request."""
        return _post(self._client, {"image": _base64(page.png), "mask": _base64(page.mask_png)}, "inpaint")

    def pids(self) -> Collection[int]:
        """The server and its children."""
        return descendants(self._pid) | {self._pid}


class KomaWay:
    """The application ``graphs.inpaint:build`` over HTTP, strategy Auto."""

    def __init__(self, url: str, mode: str, others: Callable[[], Collection[int]] = tuple) -> None:
        self.name = f"{HTTP} {mode}"
        self._client = Client(url, ANSWER_SECONDS)
        self._mode = mode
        self._others = others

    def use(self, model: str) -> None:
        """Nothing: each request names its model."""

    def ask(self, page: BenchPage, model: str) -> bytes:
        """Image and regions in one request."""
        regions = [region.model_dump(exclude={"polygon"}) for region in page.regions]
        body = {"image": _base64(page.png), "regions": regions, "model": model, "mask_mode": self._mode}
        return _post(self._client, body, "inpaint-regions")

    def pids(self) -> Collection[int]:
        """All of our Ray: its own servers, proxy, ingress, pipeline and model."""
        return set(our_processes()) - set(self._others())


class BareWay:
    """One call of the engine in this process, file to file."""

    def __init__(self, remover: TextRemover, mode: str) -> None:
        self.name = f"{BARE} {mode}"
        self._remover = remover
        self._mode = mode

    def use(self, model: str) -> None:
        """Nothing: each call names its model."""

    def ask(self, page: BenchPage, model: str) -> bytes:
        """What a model replica does for a synchronous request."""
        request = RemovalRequest(page.png, [region.model_dump() for region in page.regions])
        return self._remover.remove(request, RemovalOptions(model, mask_mode=self._mode)).data

    def pids(self) -> Collection[int]:
        """The one process that there is."""
        return {os.getpid()}


def bare_ways(weights: Path) -> list[Way]:
    """The engine with these weights, one way for each mask mode."""
    remover = TextRemover(ModelCache(weights, "cpu", BUDGET_MIB), ImageLimits(50_000_000, 2048))
    return [BareWay(remover, mode) for mode in MODES]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _post(client: Client, body: dict[str, Any], route: str) -> bytes:
    return client.post(f"/api/v1/{route}", body).raise_for_status().content
