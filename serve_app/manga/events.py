"""``WS /ws/session/{id}``: the events of a session in order, each once, after ``?after=seq``.

job events (SQL, by seq) -> messages -> socket        client: ping -> pong
"""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, WebSocket

from foundation.errors import KomaError, error_record
from foundation.jobs.types import Event, Job, State
from serve_app.jobs.sockets import Message
from serve_app.jobs.stores import Stores, StoresOf
from serve_app.jobs.streams import SocketWords, Stream, serve_socket
from serve_app.manga.phases import Phases, PhasesOf
from serve_app.manga.view import APP, message_of, status_of

router = APIRouter()


@router.websocket("/ws/session/{session_id}")
async def session_events(socket: WebSocket, session_id: str, stores: StoresOf, phases: PhasesOf) -> None:
    """Follow a session."""
    words = SocketWords(error=_error_message, answer=_answer)
    await serve_socket(socket, stores, APP, lambda after: _stream(stores, phases, session_id, after), words)


async def _stream(stores: Stores, phases: Phases, session_id: str, after: int) -> Stream:
    async def to_message(job: Job, event: Event) -> Message:
        final: Mapping[str, Any] = await stores.result(job) if event.kind == State.COMPLETED else {}
        return message_of(phases, job, event, final)

    job = await stores.jobs.get(session_id, APP)
    first = {"type": "connect", "session_id": job.id, "status": status_of(job)}
    return Stream(stores, job, after, first, to_message)


def _error_message(error: KomaError) -> Message:
    return {"type": "error", "data": error_record(error)}


def _answer(message: Message) -> Message:
    kind = message.get("type")
    return {"type": "pong"} if kind == "ping" else {"type": "error", "data": _unknown(kind)}


def _unknown(kind: Any) -> dict[str, str]:
    return {
        "code": "unknown_message",
        "detail": f"a message of type {str(kind)[:64]!r} is not understood",
        "hint": 'Send {"type": "ping"}; feedback goes by POST.',
    }
