"""Words from Gemini, as values of a pydantic model.

ask -> blocked? -> whole? -> the schema's? -> value
                     └──────────┴─ no: one repair turn, then InvalidOutput
"""

import hashlib
import logging
import time
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from engines.vertex.clients import Clients
from engines.vertex.errors import ContentBlocked, InvalidOutput, VertexError
from engines.vertex.gate import Gate
from engines.vertex.mapping import our_errors
from engines.vertex.options import VertexOptions
from engines.vertex.picture import mime_of
from engines.vertex.retry import Caller
from engines.vertex.schema import schema_of
from engines.vertex.usage import Usage, count

M = TypeVar("M", bound=BaseModel)
logger = logging.getLogger("ray.serve")
MOST_TOKENS = 32768
BLOCKING = frozenset({"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "MODEL_ARMOR"})
MOST_COMPLAINTS = 12


@dataclass(frozen=True)
class Prompt:
    """``system`` says what to do, ``user`` has the data, ``repair`` is said when the answer does not follow the schema.

    ``{complaints}`` in ``repair`` becomes what is wrong. ``pictures``, PNG or JPEG, go before ``user``.
    """

    system: str
    user: str
    repair: str
    pictures: tuple[bytes, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What logs call the prompt."""
        return hashlib.sha256(f"{self.system}\0{self.user}".encode()).hexdigest()[:12]


@dataclass(frozen=True)
class TypedAnswer(Generic[M]):
    """A value that follows the schema, who gave it and what it cost."""

    value: M
    model: str
    usage: Usage
    repaired: bool


@dataclass(frozen=True)
class _Reply:
    text: str
    reason: str
    usage: Usage


class TextModel:
    """Gemini text models of one replica."""

    def __init__(self, options: VertexOptions, clients: Clients, gate: Gate) -> None:
        self._options, self._clients = options, clients
        self._caller = Caller(gate, "text", options.attempts)

    async def ask(self, model: str, prompt: Prompt, schema: type[M], budget_s: float, seed: int = 0) -> TypedAnswer[M]:
        """A value of ``schema``. ``budget_s`` covers all tries, the repair and the waits at the gate.

        Raises ContentBlocked, InvalidOutput, RateLimited, Unreachable, BudgetSpent, ModelUnavailable, AuthFailed.
        """
        until = time.monotonic() + budget_s
        turns: list[tuple[str, str]] = [("user", prompt.user)]
        used = Usage()
        logger.info("%s is asked with prompt %s", model, prompt.fingerprint)
        for repaired in (False, True):
            try:
                contents = _contents(turns, prompt.pictures)
                reply = await self._reply(model, contents, _config(prompt, schema, seed), until - time.monotonic())
            except (VertexError, ContentBlocked) as error:
                error.usage = used.to_json()
                raise
            used = used + reply.usage
            value, complaints = _read(reply, schema)
            if value is not None:
                return TypedAnswer(value, model, used, repaired)
            logger.warning("%s: the answer to prompt %s breaks the schema", model, prompt.fingerprint)
            turns += [("model", reply.text or "{}"), ("user", prompt.repair.replace("{complaints}", complaints))]
        failed = InvalidOutput(f"{model} broke the schema {schema.__name__} twice ({reply.reason})")
        failed.usage = used.to_json()
        raise failed

    async def _reply(self, model: str, contents: list[Any], config: Any, budget_s: float) -> _Reply:
        async def work() -> Any:
            with our_errors(model):
                models = self._clients.gemini(self._options.location)
                return await models.generate_content(model=model, contents=contents, config=config)

        response = await self._caller.call(model, work, max(budget_s, 0.001))
        return _checked(response, model, count(model, self._options.prices, response.usage_metadata))


def _contents(turns: list[tuple[str, str]], pictures: tuple[bytes, ...]) -> list[Any]:
    """The turns of the talk; the pictures belong to the first."""
    from google.genai import types

    parts = [types.Part.from_bytes(data=data, mime_type=mime_of(data)) for data in pictures]
    contents = [types.Content(role=role, parts=[types.Part.from_text(text=text)]) for role, text in turns]
    contents[0].parts = [*parts, *(contents[0].parts or [])]
    return contents


def _config(prompt: Prompt, schema: type[BaseModel], seed: int) -> Any:
    from google.genai import types

    return types.GenerateContentConfig(
        system_instruction=prompt.system,
        response_mime_type="application/json",
        response_json_schema=schema_of(schema),
        max_output_tokens=MOST_TOKENS,
        seed=seed % 2**31,
    )


def _checked(response: Any, model: str, usage: Usage) -> _Reply:
    """The words of an answer. Raises ContentBlocked."""
    feedback = response.prompt_feedback
    if feedback and feedback.block_reason:
        raise ContentBlocked(f"{model} blocked the prompt", word_of(feedback.block_reason), "prompt")
    candidate = (response.candidates or [None])[0]
    reason = word_of(candidate.finish_reason) if candidate else "NO_CANDIDATE"
    if reason in BLOCKING:
        raise ContentBlocked(f"{model} stopped its answer", reason, "text")
    parts = (candidate.content.parts or []) if candidate and candidate.content else []
    text = "".join(part.text or "" for part in parts if not part.thought)
    return _Reply(text, reason, usage)


def _read(reply: _Reply, schema: type[M]) -> tuple[M | None, str]:
    """The value, or None and what is wrong."""
    if reply.reason != "STOP":
        return None, f"the answer ended early ({reply.reason}); answer again, shorter, with the whole JSON"
    try:
        return schema.model_validate_json(reply.text), ""
    except ValidationError as error:
        found = [f"- {'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        return None, "\n".join(found[:MOST_COMPLAINTS])


def word_of(value: Any) -> str:
    """The word of an enum value of the SDK's, or the word itself."""
    return str(getattr(value, "value", value))
