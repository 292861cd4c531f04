"""The calls that came in, what they met, and how many ran at once."""

import asyncio
import hashlib
import itertools
import time
from dataclasses import dataclass, field

from tests.emulator.faults import REFUSALS, Fault, Refusal


@dataclass
class Call:
    """A request in the words of the REST API, whichever way it came."""

    protocol: str
    method: str
    model: str
    body: dict
    authorization: str = ""

    @property
    def kind(self):
        return "image" if "image" in self.model or self.model.startswith("imagen") else "text"


@dataclass
class Record:
    number: int
    protocol: str
    method: str
    model: str
    kind: str
    prompt: str
    prompt_hash: str
    references: int
    authorized: bool
    started_at: float
    ended_at: float | None = None
    outcome: str = "running"
    faults: list = field(default_factory=list)


class Switchboard:
    """Lets faults hit calls, runs them, and remembers them."""

    def __init__(self, token, answer):
        self._token, self._answer = token, answer
        self._numbers = itertools.count(1)
        self.forget()

    def forget(self):
        self.faults, self.records, self.running, self.peak = [], [], 0, 0

    async def serve(self, call: Call):
        """The answer to a call. Raises Refusal."""
        record = self._begin(call)
        try:
            result = await self._run(call, record)
            record.outcome = "ok"
            return result
        except Refusal as refusal:
            record.outcome = str(refusal.code)
            raise
        except asyncio.CancelledError:
            record.outcome = "cancelled"
            raise
        finally:
            record.ended_at = time.time()
            self.running -= 1

    def _begin(self, call):
        prompt = prompt_of(call.body)
        record = Record(
            next(self._numbers),
            call.protocol,
            call.method,
            call.model,
            call.kind,
            prompt,
            hashlib.sha256(prompt.encode()).hexdigest()[:12],
            len(pictures_in(call.body)),
            self._token is None or call.authorization == f"Bearer {self._token}",
            time.time(),
        )
        self.records.append(record)
        self.running += 1
        self.peak = max(self.peak, self.running)
        return record

    async def _run(self, call, record):
        if not record.authorized:
            raise Refusal.of("unauthorized")
        hit = None
        for fault in self._hitting(call):
            record.faults.append(fault.kind)
            if fault.kind == "slow":
                await asyncio.sleep(fault.delay)
            elif fault.kind == "hang":
                await asyncio.Event().wait()
            elif fault.kind in REFUSALS:
                raise Refusal.of(fault.kind, fault.retry_after)
            else:
                hit = fault
        return await self._answer(call, hit)

    def _hitting(self, call) -> list[Fault]:
        hitting = []
        for fault in self.faults:
            if fault.hits(call):
                hitting.append(fault)
                if fault.kind != "slow":
                    break
        for fault in hitting:
            fault.spend()
        return hitting

    def report(self):
        return {
            "calls": [vars(record) for record in self.records],
            "peak": self.peak,
            "running": self.running,
            "cancelled": sum(record.outcome == "cancelled" for record in self.records),
        }


def prompt_of(body):
    """All words of a request, instructions first."""
    contents = [body.get("systemInstruction") or {}, *body.get("contents", [])]
    parts = [part.get("text", "") for content in contents for part in content.get("parts", [])]
    return "\n".join([*parts, *(one.get("prompt", "") for one in body.get("instances", []))]).strip()


def pictures_in(body):
    parts = [part for content in body.get("contents", []) for part in content.get("parts", [])]
    return [part["inlineData"] for part in parts if "inlineData" in part]
