"""A client of the manga API as an application would write it: HTTP, and a socket that may be cut at any time."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from tests.support.waiting import until

DEADLINE_SECONDS = 120.0
ENDS = {"pipeline_completed", "pipeline_cancelled", "error"}


class MangaClient:
    """Sessions at a base URL that ends with the prefix."""

    def __init__(self, base: str) -> None:
        self.http = httpx2.Client(base_url=base + "/", timeout=60)

    def generate(self, text: str, **options: Any) -> dict[str, Any]:
        body = {"text": text, "hitl_enabled": False} | options
        response = self.http.post("api/v1/manga/generate", json=body)
        assert response.status_code == 202, response.text
        return response.json()

    def session(self, session_id: str) -> dict[str, Any]:
        return self.get(f"api/v1/manga/sessions/{session_id}").json()

    def get(self, path: str) -> httpx2.Response:
        return self.http.get(path).raise_for_status()

    def phase(self, session_id: str, number: int) -> dict[str, Any]:
        return self.get(f"api/v1/manga/sessions/{session_id}/phase/{number}").json()

    def feedback(self, session_id: str, **body: Any) -> dict[str, Any]:
        response = self.http.post(f"api/v1/manga/sessions/{session_id}/feedback", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def cancel(self, session_id: str) -> None:
        self.http.post(f"api/v1/manga/sessions/{session_id}/cancel").raise_for_status()

    def until(self, session_id: str, done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The session as soon as it is as wanted; one that failed is told."""

        def look() -> dict[str, Any] | None:
            session = self.session(session_id)
            assert done(session) or session["status"] != "failed", session["error_message"]
            return session if done(session) else None

        return until(look, DEADLINE_SECONDS)

    def completed(self, session_id: str) -> dict[str, Any]:
        return self.until(session_id, lambda s: s["status"] == "completed")


def follow(url: str, cut_every: int = 0) -> Iterator[dict[str, Any]]:
    """The numbered messages of a session to its end. Cut by us or by a dying service, it goes on after the last one."""
    last, until = 0, time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < until:
        try:
            with connect(f"{url}?after={last}", open_timeout=20) as socket:
                for count, raw in enumerate(socket):
                    message = json.loads(raw)
                    if "seq" in message:
                        last = message["seq"]
                        yield message
                    if message["type"] in ENDS:
                        return
                    if cut_every and count == cut_every:
                        break
        except (ConnectionClosed, InvalidHandshake, OSError):
            time.sleep(0.2)
    raise AssertionError(f"no end was told; the last message was {last}")
