"""Sessions, read from their jobs."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Request

from foundation.errors import Conflict, NotFound, NotWaiting
from foundation.jobs.leases import REVIEW_PREFIX
from foundation.jobs.types import Finished, Job, State
from serve_app.http.files import file_link
from serve_app.jobs.stores import base_url, socket_url, stores_of
from serve_app.jobs.warnings import RequestWarning
from serve_app.manga.answers import PhaseResult, Session, SessionDetail
from serve_app.manga.phases import Phase, Phases
from serve_app.manga.view import APP, status_of, timestamp

PREFIX = "/api/v1/manga"
TITLE_LENGTH = 30


class SessionReader:
    """One session in view of one request."""

    def __init__(self, request: Request, phases: Phases, job: Job, rows: list[Finished]) -> None:
        self._request = request
        self._stores = stores_of(request)
        self._phases = phases
        self._rows = rows
        self.job = job

    @classmethod
    async def open(cls, request: Request, phases: Phases, session_id: str) -> "SessionReader":
        """Read a session. Raises NotFound."""
        jobs = stores_of(request).jobs
        job = await jobs.get(session_id, APP)
        return cls(request, phases, job, await jobs.finished(job))

    def brief(self) -> Session:
        """The session as a list shows it."""
        phase = self._phases.of_step(self.job.step)
        done = self.job.state is State.COMPLETED
        here = f"{base_url(self._request)}{PREFIX}/sessions/{self.job.id}"
        return Session(
            id=self.job.id,
            title=title_of(self.job.args),
            status=status_of(self.job),
            current_phase=len(self._phases.all) if done else phase.number if phase else 0,
            total_phases=len(self._phases.all),
            progress_percentage=round(self.job.progress * 100, 1),
            created_at=timestamp(self.job.created_at),
            updated_at=timestamp(self.job.updated_at),
            preview_url=f"{here}/pages/1.png" if done else None,
            download_url=f"{here}/export/pdf" if done else None,
            error_message=self.job.error["detail"] if self.job.error else None,
        )

    async def detail(self) -> SessionDetail:
        """The session with all its links."""
        brief = self.brief()
        pages: list[str] = []
        exports: dict[str, str] = {}
        warnings: list[dict[str, Any]] = list(self.job.args.get("warnings", ()))
        if self.job.state is State.COMPLETED:
            here = f"{base_url(self._request)}{PREFIX}/sessions/{self.job.id}"
            final = await self.final()
            pages = [f"{here}/pages/{page['page_number']}.png" for page in final["compiled_pages"]]
            exports = {kind: f"{here}/export/{kind}" for kind in final["output_formats"]}
            warnings += final.get("warnings", ())
        return SessionDetail(
            **brief.model_dump(),
            websocket_url=session_socket(self._request, self.job.id),
            page_urls=pages,
            export_urls=exports,
            waiting_phases=[phase.number for phase in self.waiting()],
            warnings=[RequestWarning(**warning) for warning in warnings],
        )

    def waiting(self) -> list[Phase]:
        """The phases that wait for a person."""
        if self.job.state.terminal or not asks_people(self.job.args):
            return []
        steps = {row.step for row in self._rows if not row.item}
        return [p for p in self._phases.all if p.review and p.step in steps and REVIEW_PREFIX + p.step not in steps]

    def target(self, number: int | None, again: bool) -> Phase:
        """The phase that feedback is meant for. Raises NotWaiting when it waits for nobody."""
        waiting = self.waiting()
        if not waiting:
            raise NotWaiting(f"the session is {status_of(self.job)}")
        if number is None:
            return waiting[0]
        phase = self._phases.numbered(number)
        allowed = [p for p in self._phases.all if self._whole(p.step)] if again else waiting
        if phase not in allowed:
            raise NotWaiting(f"phase {number} is not waiting; waiting: {', '.join(str(p.number) for p in waiting)}")
        return phase

    async def phase(self, phase: Phase) -> PhaseResult:
        """What a phase has made so far, files as signed links."""
        whole = self._whole(phase.step)
        parts = [row for row in self._rows if row.step == phase.step]
        result = PhaseResult(phase_number=phase.number, phase_name=phase.title, status=self._phase_status(phase))
        if parts:
            spent = max(row.finished_at for row in parts) - min(row.started_at for row in parts)
            result.processing_time_ms = round(spent * 1000)
        if whole is not None:
            result.output_data = self._signed(await self._value(whole))
            result.completed_at = timestamp(whole.finished_at)
            result.preview_data = result.output_data.pop("preview", None) if result.output_data else None
        elif parts:
            values = await asyncio.gather(*[self._value(row) for row in parts if row.item])
            result.preview_data = {"finished": [self._signed(value) for value in values]}
        return result

    def _phase_status(self, phase: Phase) -> Literal["pending", "processing", "waiting_feedback", "completed"]:
        if phase in self.waiting():
            return "waiting_feedback"
        if self._whole(phase.step):
            return "completed"
        started = self.job.step == phase.step or any(row.step == phase.step for row in self._rows)
        return "processing" if started and self.job.state is State.RUNNING else "pending"

    async def final(self) -> Mapping[str, Any]:
        """The output of the last phase. Raises Conflict before it is done."""
        whole = self._whole(self._phases.all[-1].step)
        if whole is None:
            raise Conflict(f"the pages are not finished; the session is {status_of(self.job)}")
        return await self._value(whole)

    async def document(self) -> bytes:
        """The newest document. Raises Conflict before a phase has made one."""
        for phase in reversed(self._phases.all):
            whole = self._whole(phase.step)
            value = await self._value(whole) if whole else {}
            if "document_key" in value:
                return await self._stores.blobs.get(value["document_key"])
        raise Conflict(f"there is no document yet; the session is {status_of(self.job)}")

    async def page(self, number: int, kind: Literal["image", "svg"]) -> tuple[bytes, str]:
        """A page's file and its key; both pages of a spread have the same. Raises NotFound for a page that is not."""
        pages = (await self.final())["compiled_pages"]
        found = next((page for page in pages if page["page_number"] <= number <= _last_number(page)), None)
        if found is None:
            raise NotFound(f"there is no page {number}; pages are 1 to {_last_number(pages[-1])}")
        key = found[f"{kind}_key"]
        return await self._stores.blobs.get(key), key

    async def export(self, kind: str) -> tuple[bytes, str]:
        """An export's file and its key. Raises NotFound for a format that the session does not have."""
        formats = (await self.final())["output_formats"]
        if kind not in formats:
            raise NotFound(f"this session has no {kind}; it has {', '.join(formats)}")
        key = formats[kind]["file_key"]
        return await self._stores.blobs.get(key), key

    def _whole(self, step: str) -> Finished | None:
        return next((row for row in self._rows if row.step == step and not row.item), None)

    async def _value(self, row: Finished) -> dict[str, Any]:
        return json.loads(await self._stores.blobs.get(row.blob))

    def _signed(self, value: Any) -> Any:
        """Blob keys, which clients cannot use, become links."""
        if isinstance(value, dict):
            pairs: list[tuple[str, Any]] = list(value.items())  # pyright: ignore[reportUnknownArgumentType]
            return dict(self._signed_pair(name, each) for name, each in pairs)
        if isinstance(value, list):
            return [self._signed(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        return value

    def _signed_pair(self, name: str, value: Any) -> tuple[str, Any]:
        if name.endswith("_key") and (value is None or isinstance(value, str)):
            return name.removesuffix("_key") + "_url", file_link(self._request, value)
        return name, self._signed(value)


def _last_number(page: Mapping[str, Any]) -> int:
    """The number of the last page on a sheet; a spread has two."""
    return page.get("last_page_number", page["page_number"])


def title_of(args: Mapping[str, Any]) -> str:
    """The given title, else the beginning of the story."""
    first = args["text"].strip().partition("\n")[0]
    return args.get("title") or (first if len(first) <= TITLE_LENGTH else first[: TITLE_LENGTH - 1] + "…")


def asks_people(args: Mapping[str, Any]) -> bool:
    """Whether a person looks at the phases of this session."""
    return bool(args["hitl_enabled"]) and not args["auto_proceed"]


def session_socket(request: Request, session_id: str) -> str:
    """The WebSocket URL of a session on this request's own host and prefix."""
    return f"{socket_url(request)}/ws/session/{session_id}"
