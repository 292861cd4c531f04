"""Which job this task works on, for the log. Tasks and copied contexts inherit it."""

from contextvars import ContextVar

_job: ContextVar[str] = ContextVar("job_id", default="")


def job_id() -> str:
    """The id of the job that is being worked on; empty outside of jobs."""
    return _job.get()


def work_on(job: str) -> None:
    """From here on this task, and those that it makes, work on a job."""
    _job.set(job)
