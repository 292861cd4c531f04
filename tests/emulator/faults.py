"""What can be made to go wrong, and when.

rate_limit   429; with ``retry_after`` seconds it carries a RetryInfo
unavailable  503
not_found    404, as a retired model answers
unauthorized 401
invalid      400
block        the prompt is blocked
filter       pictures are filtered: all, or the first ``count`` of them
truncate     the JSON stops in its middle, with finish reason MAX_TOKENS
garbage      valid JSON that is not what the schema asks
slow         the answer takes ``delay`` seconds more
hang         no answer, ever

``times`` is how many calls it hits (-1: all); ``where`` is ``text``, ``image`` or empty for both; ``model`` is a part
of the model's name; ``after`` lets so many calls pass first. The first fault that fits a call hits it; ``slow`` lets
further ones hit it too.
"""

from dataclasses import dataclass

REFUSALS = {
    "rate_limit": (429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later."),
    "unavailable": (503, "UNAVAILABLE", "The service is currently unavailable."),
    "not_found": (404, "NOT_FOUND", "Publisher Model was not found or your project does not have access to it."),
    "unauthorized": (401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
    "invalid": (400, "INVALID_ARGUMENT", "Request contains an invalid argument."),
}
KINDS = frozenset({*REFUSALS, "block", "filter", "truncate", "garbage", "slow", "hang"})


@dataclass
class Fault:
    kind: str
    times: int = 1
    where: str = ""
    model: str = ""
    retry_after: float | None = None
    count: int | None = None
    delay: float = 0.0
    after: int = 0

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind}; there are {', '.join(sorted(KINDS))}")

    def hits(self, call):
        fits = self.times != 0 and self.where in ("", call.kind) and self.model in call.model
        if fits and self.after > 0:
            self.after -= 1
            return False
        return fits

    def spend(self):
        self.times -= self.times > 0


class Refusal(Exception):
    """An error of the API: HTTP code, status word, message, and seconds of RetryInfo if there are any."""

    def __init__(self, code, status, message, retry_after=None):
        super().__init__(message)
        self.code, self.status, self.message, self.retry_after = code, status, message, retry_after

    @classmethod
    def of(cls, kind, retry_after=None):
        return cls(*REFUSALS[kind], retry_after)

    @classmethod
    def invalid(cls, message):
        return cls(400, "INVALID_ARGUMENT", message)
