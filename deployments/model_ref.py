"""Model slots in the arguments of an application.

artist: {num_replicas: 5, num_cpus: 0.2}     own replicas, with these options
artist: style/Diffuser                       the replicas of another application, found on first use
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ray import serve

from deployments.handles import Slot
from deployments.routing import few_long_calls

RESERVED_CPUS = 0.1


class ModelRef(BaseModel):
    """Where a slot's model runs. With ``ref`` all other fields are meaningless and refused."""

    model_config = ConfigDict(extra="forbid")

    ref: str | None = Field(default=None, pattern=r"^[\w-]+/[\w-]+$", description="application/Deployment")
    num_replicas: int = Field(default=1, ge=1, le=64)
    num_cpus: float = Field(default=RESERVED_CPUS, ge=0)
    num_gpus: float = Field(default=0.0, ge=0)
    max_ongoing_requests: int = Field(default=1, ge=1, description="Engines are used by one thread at a time.")
    max_queued_requests: int = Field(default=256, ge=-1)
    graceful_shutdown_timeout_s: float = Field(default=30.0, ge=0)
    timeout_s: float = Field(default=120.0, gt=0, description="How long one call may take.")

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"ref": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_or_the_other(self) -> "ModelRef":
        if self.ref and self.model_fields_set - {"ref", "timeout_s"}:
            raise ValueError("a slot that names another application's deployment takes no replica options")
        return self

    def slot(self, deployment: type[Any], *args: Any) -> Slot:
        """The slot for a builder: a bound deployment of this class, or the name to be resolved later."""
        if self.ref is not None:
            return Slot(self.ref, self.timeout_s)
        return Slot(self._bind(deployment, *args), self.timeout_s, self.num_replicas * self.max_ongoing_requests)

    def _bind(self, deployment: type[Any], *args: Any) -> Any:
        # ray_actor_options given in YAML would replace this whole dict, so everything travels through args
        options = self.model_dump(exclude={"ref", "timeout_s", "num_cpus", "num_gpus"})
        actor = {"num_cpus": self.num_cpus, "num_gpus": self.num_gpus}
        bound = serve.deployment(
            deployment,
            name=deployment.__name__,
            ray_actor_options=actor,
            request_router_config=few_long_calls(),
            **options,
        )
        return bound.bind(*args)
