"""What a replica does first: its log, its metrics, its spans."""

import logging
from typing import Any

from ray import serve
from ray.serve.exceptions import RayServeException

from deployments.job_calls import job_of, job_of_call
from deployments.metrics import ServeMeter
from foundation.errors import Misconfigured
from foundation.log_context import job_id
from foundation.metrics import report_to
from foundation.settings import get_settings
from foundation.tracing import exporting, start_tracing

LOG = "ray.serve"


class JobFilter(logging.Filter):
    """Names the job on each line that is logged while one is worked on, as ``koma_job_id``.

    ``job_id`` would be Ray's own word for a driver, which Serve leaves out.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the id; no line is left out."""
        if job := job_id() or job_of(getattr(record, "request_id", "")) or job_of_call():
            record.koma_job_id = job
        return True


def start_telemetry() -> None:
    """Set up this process; outside of a replica nothing is measured and no span is sent."""
    _apply_log_level()
    log = logging.getLogger(LOG)
    # on the logger: Serve makes its handlers anew when its logging_config changes
    if not any(isinstance(each, JobFilter) for each in log.filters):
        log.addFilter(JobFilter())
    try:
        replica = serve.get_replica_context()
    except RayServeException:
        return
    report_to(ServeMeter())
    if endpoint := get_settings().otel_exporter_otlp_endpoint:
        start_tracing(endpoint, f"{replica.app_name}/{replica.deployment}")


def span_processors() -> list[Any]:
    """For ``tracing_config.exporter_import_path``: Serve's own spans go where ours go. Raises Misconfigured."""
    endpoint = get_settings().otel_exporter_otlp_endpoint
    if endpoint is None:
        raise Misconfigured("set OTEL_EXPORTER_OTLP_ENDPOINT on every node, or leave tracing_config out")
    return [exporting(endpoint)]


def _apply_log_level() -> None:
    """``LOG_LEVEL``, where it is set; else the level is that of the config's ``logging_config``."""
    settings = get_settings()
    if settings.debug:
        logging.getLogger(LOG).setLevel(logging.DEBUG)
    elif "log_level" in settings.model_fields_set:
        logging.getLogger(LOG).setLevel(settings.log_level)
