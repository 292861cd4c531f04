"""Errors of Google's clients in our words. What Google's messages say is not repeated: they may quote the prompt."""

import re
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from typing import Any

from engines.vertex.errors import (
    AuthFailed,
    ContentBlocked,
    ModelUnavailable,
    RateLimited,
    Refused,
    Unreachable,
    VertexError,
)
from foundation.errors import KomaError

RETRY_INFO = "RetryInfo"
BLOCKED = re.compile(r"violat|guidelines|safety|blocked", re.IGNORECASE)


def from_status(status: int, model: str, message: str = "", retry_after: float | None = None) -> KomaError:
    """The error for an HTTP status. ``message`` is read for the word of a filter, and not kept."""
    detail = f"{model} answered with {status}"
    if status == 429:
        return RateLimited(detail, retry_after)
    if status in {401, 403}:
        return AuthFailed(detail)
    if status == 404:
        return ModelUnavailable(f"{model} was not found")
    if status == 408 or status >= 500:
        return Unreachable(detail)
    if BLOCKED.search(message):
        return ContentBlocked(f"{model} blocked the prompt", "PROMPT", "prompt")
    return Refused(detail)


def _from_gemini(error: Any, model: str) -> KomaError:
    details = error.details if isinstance(error.details, Mapping) else {}
    return from_status(error.code, model, error.message or "", _delay_in(details))


def _delay_in(details: Mapping[str, Any]) -> float | None:
    """The seconds of ``RetryInfo`` in the JSON of an error."""
    error = details.get("error", details)
    for each in error.get("details", []) if isinstance(error, Mapping) else []:
        if RETRY_INFO in str(each.get("@type")):
            return float(str(each.get("retryDelay", "0s")).removesuffix("s"))
    return None


def _from_imagen(error: Any, model: str) -> KomaError:
    delays = [each.retry_delay for each in error.details if hasattr(each, "retry_delay")]
    retry_after = delays[0].ToMilliseconds() / 1000 if delays else None
    return from_status(int(error.code or 503), model, error.message or "", retry_after)


def _known(error: Exception, model: str) -> KomaError | None:
    import httpx
    from google.api_core.exceptions import GoogleAPICallError, RetryError
    from google.auth.exceptions import GoogleAuthError, TransportError
    from google.genai.errors import APIError

    kinds: list[tuple[Any, Callable[[Any], KomaError]]] = [
        (APIError, lambda e: _from_gemini(e, model)),
        (GoogleAPICallError, lambda e: _from_imagen(e, model)),
        ((TransportError, RetryError), lambda e: Unreachable(f"{model}: {type(e).__name__}")),
        (GoogleAuthError, lambda e: AuthFailed(f"{model} cannot be called: {type(e).__name__}")),
        (httpx.HTTPError, lambda e: Unreachable(f"{model}: {type(e).__name__}")),
        (OSError, lambda e: Unreachable(f"{model}: {type(e).__name__}")),
    ]
    return next((make(error) for kind, make in kinds if isinstance(error, kind)), None)


@contextmanager
def our_errors(model: str) -> Any:
    """Turn errors of Google's clients into ours; their causes are dropped, since they may hold the request."""
    try:
        yield
    except (TimeoutError, KomaError):
        raise
    except Exception as error:
        raise _known(error, model) or VertexError(f"{model}: {type(error).__name__}") from None
