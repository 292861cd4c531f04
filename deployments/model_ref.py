"""Model slots in the arguments of an application.

artist: {num_replicas: 5, num_cpus: 0.2}     own replicas, with these options
artist: style/Diffuser                       the replicas of another application, found on first use
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator
from ray import serve

from deployments.handles import Slot
from deployments.routing import few_long_calls
from deployments.scaling import RESERVED_CPUS, Placement, Scaling


class ModelRef(BaseModel):
    """Where a slot's model runs. With ``ref`` all other fields but the timeout are meaningless and refused."""

    model_config = ConfigDict(extra="forbid")

    ref: str | None = Field(default=None, pattern=r"^[\w-]+/[\w-]+$", description="application/Deployment")
    num_replicas: int = Field(default=1, ge=1, le=64)
    autoscaling: Scaling | None = Field(default=None, description="In place of num_replicas.")
    placement: Placement = Placement()
    num_cpus: float = Field(default=RESERVED_CPUS, ge=0)
    num_gpus: float = Field(default=0.0, ge=0, description="A share of one card, or whole cards.")
    max_ongoing_requests: int = Field(default=1, ge=1, description="Engines are used by one thread at a time.")
    max_queued_requests: int = Field(default=256, ge=-1, description="More calls than these are refused: Overloaded.")
    graceful_shutdown_timeout_s: float = Field(default=30.0, ge=0, description="For calls that run at the end.")
    health_check_period_s: float = Field(default=10.0, gt=0)
    health_check_timeout_s: float = Field(default=30.0, gt=0, description="A replica silent for longer is replaced.")
    timeout_s: float = Field(default=120.0, gt=0, description="How long one call may take.")

    @model_validator(mode="before")
    @classmethod
    def _from_name(cls, value: Any) -> Any:
        return {"ref": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_or_the_other(self) -> "ModelRef":
        if self.ref and self.model_fields_set - {"ref", "timeout_s"}:
            raise ValueError("a slot that names another application's deployment takes no replica options")
        if self.autoscaling and "num_replicas" in self.model_fields_set:
            raise ValueError("num_replicas and autoscaling exclude each other; set one of them")
        if self.num_gpus > 1 and not self.num_gpus.is_integer():
            raise ValueError("num_gpus above 1 must be whole: a share is one of a single card")
        return self

    @property
    def least_replicas(self) -> int:
        """How many there always are."""
        return self.autoscaling.min_replicas if self.autoscaling else self.num_replicas

    @property
    def most_replicas(self) -> int:
        """How many there may be."""
        return self.autoscaling.max_replicas if self.autoscaling else self.num_replicas

    def slot(self, deployment: type[Any], *args: Any) -> Slot:
        """The slot for a builder: a bound deployment of this class, or the name to be resolved later."""
        if self.ref is not None:
            return Slot(self.ref, self.timeout_s)
        return Slot(self._bind(deployment, *args), self.timeout_s, self.most_replicas * self.max_ongoing_requests)

    def _bind(self, deployment: type[Any], *args: Any) -> Any:
        bound: Any = serve.deployment(deployment, name=deployment.__name__, **self._options())
        return bound.bind(*args)

    def _options(self) -> dict[str, Any]:
        # ray_actor_options given in YAML would replace this whole dict, so everything travels through args
        actor = {"num_cpus": self.num_cpus, "num_gpus": self.num_gpus, **self.placement.actor_options()}
        same = (
            "max_ongoing_requests",
            "max_queued_requests",
            "graceful_shutdown_timeout_s",
            "health_check_period_s",
            "health_check_timeout_s",
        )
        options: dict[str, Any] = {name: getattr(self, name) for name in same}
        if self.placement.max_replicas_per_node is not None:
            options["max_replicas_per_node"] = self.placement.max_replicas_per_node
        if self.autoscaling is not None:
            options["autoscaling_config"] = self.autoscaling.options()
        else:
            options["num_replicas"] = self.num_replicas
        return options | {"ray_actor_options": actor, "request_router_config": few_long_calls()}
