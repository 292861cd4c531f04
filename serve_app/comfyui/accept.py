"""Turns prompts into durable jobs: their pictures are copied first, then the job is stored."""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from foundation.errors import InvalidInput, TooLarge
from foundation.jobs.types import Job, NewJob
from serve_app.comfyui.schemas import PromptRequest
from serve_app.comfyui.view import APP
from serve_app.jobs.accept import Acceptance

MOST_PRIORITY = 1000
MOST_CHARACTERS = 4_000_000
DEEPEST = 50


class PromptAcceptance(Acceptance):
    """Accepts the prompt of one request. Raises Conflict, Overloaded."""

    async def accept(self, body: PromptRequest, pictures: Mapping[str, bytes], outputs: Sequence[str]) -> Job:
        """Store a validated prompt with its pictures; ``outputs`` are the nodes that will run."""
        job_id = body.prompt_id or str(uuid.uuid4())
        # a copy of its own: the upload of this name may be overwritten before the prompt's turn comes
        files = {f"{n}.image": data for n, data in enumerate(pictures.values())}
        keys = await self.store(job_id, files)
        arguments = {
            "prompt": body.prompt,
            "extra_data": (body.extra_data or {}) | ({"client_id": body.client_id} if body.client_id else {}),
            "outputs": list(outputs),
            "pictures": dict(zip(pictures, keys.values(), strict=True)),
            "front": bool(body.front),
        }
        number = max(-MOST_PRIORITY, min(MOST_PRIORITY, body.number or 0))
        priority = MOST_PRIORITY if body.front else -round(number)
        return await self.submit(NewJob(APP, arguments, id=job_id, priority=priority, subject=body.client_id or ""))


def check_storable(value: Any) -> None:
    """``/queue`` and ``/history`` return what is stored, so it must be JSON. Raises InvalidInput, TooLarge."""
    level, depth = [value], 0
    while level := [each for outer in level for each in _within(outer)]:
        depth += 1
        if depth > DEEPEST:
            raise InvalidInput(f"prompt and extra_data may be nested {DEEPEST} levels deep")
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False)
        text.encode()
    except ValueError as error:
        raise InvalidInput("prompt and extra_data must have finite numbers and Unicode texts") from error
    if len(text) > MOST_CHARACTERS:
        raise TooLarge(f"prompt and extra_data have {len(text)} characters, the limit is {MOST_CHARACTERS}")


def _within(value: Any) -> list[Any]:
    inside: list[Any] = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []  # pyright: ignore
    return [each for each in inside if isinstance(each, dict | list)]
