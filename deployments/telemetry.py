"""What a replica does first: its log, its metrics, its spans."""

import logging

from ray import serve
from ray.serve.exceptions import RayServeException

from deployments.job_calls import job_of, job_of_call
from deployments.metrics import ServeMeter
from foundation.log_context import job_id
from foundation.metrics import report_to
from foundation.settings import get_settings
from foundation.tracing import start_tracing

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


def _apply_log_level() -> None:
    """``LOG_LEVEL``, where it is set; else the level is that of the config's ``logging_config``."""
    settings = get_settings()
    if settings.debug:
        logging.getLogger(LOG).setLevel(logging.DEBUG)
    elif "log_level" in settings.model_fields_set:
        logging.getLogger(LOG).setLevel(settings.log_level)
