"""Why a request failed, in the words of the original service, and whether to retry it."""

from dataclasses import dataclass
from typing import Any

from foundation.errors import KomaError


@dataclass(frozen=True)
class Reason:
    """A reason of seed 000 with its category and advice. ``confidence`` is 1 where the error itself states it."""

    name: str
    category: str
    suggestions: tuple[str, ...]
    retry: bool = False
    reduced: bool = False
    confidence: float = 1.0


TIMEOUT = Reason(
    "processing_timeout",
    "timeout",
    ("Use /api/v1/inpaint-regions-async.", "Send fewer regions or a smaller image.", "Choose a faster model."),
    retry=True,
    reduced=True,
)
CRASH = Reason("service_crashed", "service", ("Send it again; a fresh replica is starting.",), retry=True)
MEMORY = Reason(
    "memory_exhaustion", "resource", ("Send a smaller image, or hd_strategy Auto.",), retry=True, reduced=True
)
GPU_MEMORY = Reason("gpu_memory_exhaustion", "resource", MEMORY.suggestions, retry=True, reduced=True)
REASONS = {
    "overloaded": Reason("network_timeout", "connection", ("Wait for Retry-After.",), retry=True, confidence=0.5),
    "replica_lost": CRASH,
    "timed_out": TIMEOUT,
    "store_unavailable": Reason("connection_refused", "connection", ("Wait for the database.",), retry=True),
    "engine_not_ready": Reason(
        "model_loading_failed", "service", ("Do what the detail says, or send engine=auto or model=cv2.",)
    ),
    "too_large": Reason(
        "image_too_large", "input", ("Send a smaller image; /api/v1/info names the limits.",), reduced=True
    ),
    "bad_image": Reason("invalid_request", "input", ("Send a still PNG, JPEG or WebP.",)),
    "invalid_input": Reason("invalid_request", "input", ("Correct the field that the detail names.",)),
    "bad_request": Reason("invalid_request", "input", ("Correct the request.",)),
}
TOO_MANY = Reason("too_many_regions", "input", ("Send the regions in several requests.",), reduced=True)
UNKNOWN = Reason("unknown_error", "unknown", ("Send the request id to the operator.",), retry=True, confidence=0.2)


def reason_of(error: KomaError) -> Reason:
    """The reason that fits an error best."""
    text = error.detail.lower()
    if "out of memory" in text:
        return GPU_MEMORY if "cuda" in text else MEMORY
    if error.code == "invalid_input" and text.startswith("regions:"):
        return TOO_MANY if "at most" in text else REASONS["invalid_input"]
    known = REASONS.get(error.code)
    return known or (UNKNOWN if error.status >= 500 else REASONS["bad_request"])


def members(_code: str, _detail: str, error: KomaError | None) -> dict[str, Any]:
    """What text removal adds to its problems."""
    return {"diagnosis": diagnose(error)} if error is not None else {}


def diagnose(error: KomaError) -> dict[str, Any]:
    """The ``diagnosis`` member of a problem."""
    reason = reason_of(error)
    return {
        "reason": reason.name,
        "category": reason.category,
        "confidence": reason.confidence,
        "description": error.title,
        "suggestions": list(reason.suggestions),
        "retry_recommended": reason.retry,
        "retry_with_reduced_params": reason.reduced,
        "technical_details": {"code": error.code, "detail": error.detail},
    }
