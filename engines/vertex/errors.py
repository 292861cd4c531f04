"""What can go wrong at Google, in our words. All of them pickle.

    ServerError
    ├── VertexError
    │   ├── RateLimited        429, with the seconds that Google asks for
    │   ├── Unreachable        5xx, no connection, no answer in time
    │   ├── Refused            400: a request that Google does not take
    │   ├── ModelUnavailable   404: the model has ended, or the project may not use it
    │   ├── InvalidOutput      an answer that is not what the schema asks, twice
    │   └── BudgetSpent        the time for the whole call is over
    ├── EngineNotReady
    │   └── AuthFailed         401, 403, no credentials
    ClientError
    └── ContentBlocked         a safety filter

``passing`` errors are tried again, here and nowhere else: the runner must not multiply the calls. RateLimited waits at
the gate, and leaves it only when it lasts longer than the caller can wait.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from foundation.errors import ClientError, EngineNotReady, ReplicaLost, ServerError


class VertexError(ServerError):
    """Google's service failed. ``usage`` is what the calls before the failure have cost."""

    status = 502
    code = "vertex_failed"
    title = "Google's service failed"
    hint = "Try again later, or choose another engine."
    passing: ClassVar[bool] = False
    usage: Mapping[str, Any] | None = None


class RateLimited(VertexError):
    """The quota is used up for now. ``retry_after`` is in seconds; None when Google names no time."""

    status = 503
    code = "vertex_rate_limited"
    title = "Google's quota is used up for now"
    hint = "Wait and try again; lower VERTEX_TEXT_RPM or VERTEX_IMAGE_RPM, or ask Google for more quota."

    def __init__(self, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class Unreachable(VertexError):
    """The service gives no answer, or says that it cannot work now."""

    status = 503
    code = "vertex_unreachable"
    title = "Google's service does not answer"
    hint = "Check the network, VERTEX_BASE_URL and VERTEX_GRPC_TARGET; try again later."
    passing = True


class Refused(VertexError):
    """A request that the service does not take as it is."""

    code = "vertex_refused"
    title = "Google refuses the request"
    hint = "Check the model names and locations in the VERTEX_ settings against Google's list of models."


class ModelUnavailable(VertexError):
    """No model that is set can be used: ended, or not open to the project."""

    status = 503
    code = "vertex_model_unavailable"
    title = "The model is not there"
    hint = "Name a model of today in VERTEX_TEXT_MODEL, VERTEX_PLAN_MODEL or VERTEX_IMAGE_MODELS."


class InvalidOutput(VertexError):
    """The model's answer does not follow the schema, and its repair does not either."""

    code = "vertex_invalid_output"
    title = "The model's answer cannot be used"
    hint = "Ask for the phase again, or choose another writer or a larger model in VERTEX_PLAN_MODEL."


class BudgetSpent(VertexError):
    """The time that the caller gave is over."""

    status = 504
    code = "vertex_budget_spent"
    title = "Google's answer took longer than it may"
    hint = "Try again later, or choose another engine."


class AuthFailed(EngineNotReady):
    """No credentials, or credentials that may not use the project."""

    code = "vertex_auth_failed"
    title = "Google does not accept the credentials"
    hint = (
        "Run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a key file, "
        "and give the account the role roles/aiplatform.user in VERTEX_PROJECT."
    )


class ContentBlocked(ClientError):
    """A safety filter stopped it. ``reason`` is Google's word; ``stage`` is ``prompt``, ``text`` or ``image``."""

    status = 422
    code = "content_blocked"
    title = "Google's safety filter stopped it"
    hint = "Change the words of the story or the panel, or choose another engine for it."
    usage: Mapping[str, Any] | None = None

    def __init__(self, detail: str = "", reason: str = "", stage: str = "prompt") -> None:
        super().__init__(detail)
        self.reason, self.stage = reason, stage


def is_passing(error: BaseException) -> bool:
    """Whether the same call may succeed a little later: so it is when the gate died."""
    return isinstance(error, ReplicaLost) or (isinstance(error, VertexError) and error.passing)
