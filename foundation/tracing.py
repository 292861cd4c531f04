"""Spans by OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT is set; else nothing is imported and nothing done.

job -> step or item -> call of a model

The tracer's provider is our own and not the process's: Serve sets that one where its tracing_config is on. Both share
OpenTelemetry's context, so that Serve's spans of a call lie below ours. Attributes are ids and names, never prompts,
and errors are told by their code: their texts may quote a request.
"""

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import Any

from foundation.errors import KomaError

SERVICE = "koma"
# with what is tried again; a replica that ends waits for it
EXPORT_SECONDS = 4
_state: dict[str, Any] = {}


def start_tracing(endpoint: str, component: str) -> None:
    """Send spans by OTLP/HTTP to the collector at ``endpoint``; ``component`` names this part of Koma.

    A second call changes nothing.
    """
    if _state:
        return
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(resource=Resource.create({"service.name": SERVICE, "koma.component": component}))
    provider.add_span_processor(exporting(endpoint))
    _state.update(provider=provider, tracer=provider.get_tracer(SERVICE))


def exporting(endpoint: str) -> Any:
    """A span processor that sends to the collector at ``endpoint``, some at a time, by a thread of its own."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS))


def stop_tracing() -> None:
    """Send what is left and end."""
    if _state:
        _state.pop("tracer")
        _state.pop("provider").shutdown()


@contextmanager
def span(name: str, *, current: bool = True, **attributes: str | int) -> Generator[None]:
    """A span for the time of the block; an error in it is recorded by its code, or its class.

    With ``current`` spans within the block are its children. A generator must say false: it may be closed elsewhere.
    """
    tracer = _state.get("tracer")
    if tracer is None:
        yield
        return
    from opentelemetry.trace import Status, StatusCode, use_span

    current_span = tracer.start_span(name, attributes={f"koma.{key}": value for key, value in attributes.items()})
    quiet = use_span(current_span, record_exception=False, set_status_on_exception=False) if current else nullcontext()
    try:
        with quiet:
            yield
    except GeneratorExit:
        raise
    except BaseException as error:
        code = error.code if isinstance(error, KomaError) else type(error).__name__
        current_span.set_attribute("error.type", code)
        current_span.set_status(Status(StatusCode.ERROR, code))
        raise
    finally:
        current_span.end()


def annotate(**attributes: str | int) -> None:
    """Add to the span that is current."""
    if "tracer" in _state:
        from opentelemetry.trace import get_current_span

        get_current_span().set_attributes({f"koma.{key}": value for key, value in attributes.items()})
