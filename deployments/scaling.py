"""How many replicas a model has, and on which nodes."""

from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

# what a replica reserves unless its slot says more: all applications start on one CPU. Not 0, which a head without
# CPUs would have room for
RESERVED_CPUS = 0.02


class Copies(NamedTuple):
    """A fixed number of replicas, at most ``per_node`` on one node."""

    number: int
    per_node: int | None = None

    def options(self) -> dict[str, Any]:
        """Serve's options of a deployment."""
        spread = {} if self.per_node is None else {"max_replicas_per_node": self.per_node}
        return {"num_replicas": self.number, **spread}


class Scaling(BaseModel):
    """Replicas by load: as many as it takes that each has ``target_ongoing_requests`` calls."""

    model_config = ConfigDict(extra="forbid")

    min_replicas: int = Field(default=1, ge=0, le=64, description="0 for rare models: they come with the first call.")
    max_replicas: int = Field(default=1, ge=1, le=64)
    initial_replicas: int | None = Field(default=None, ge=0, le=64)
    target_ongoing_requests: float = Field(default=1.0, gt=0)
    look_back_period_s: float = Field(default=30.0, gt=0, description="The load is averaged over these seconds.")
    upscale_delay_s: float = Field(default=5.0, ge=0, description="How long the load must last before more come.")
    downscale_delay_s: float = Field(default=300.0, ge=0, description="How long they are kept after the load.")
    downscale_to_zero_delay_s: float | None = Field(
        default=None, ge=0, description="The same for the last one; by default as for the others."
    )

    @model_validator(mode="after")
    def _in_order(self) -> "Scaling":
        if self.min_replicas > self.max_replicas:
            raise ValueError("min_replicas is more than max_replicas")
        return self

    def options(self) -> dict[str, Any]:
        """Serve's ``autoscaling_config``."""
        return self.model_dump(exclude_none=True)


class Placement(BaseModel):
    """Which nodes a replica may run on, by their labels; ``fallback`` is tried in order when none of them has room."""

    model_config = ConfigDict(extra="forbid")

    label_selector: dict[str, str] = Field(default={}, description="Labels that a node must have.")
    fallback: list[dict[str, str]] = Field(default=[], description="Labels that will do instead, best first.")
    max_replicas_per_node: int | None = Field(default=None, ge=1, le=100, description="To spread them over nodes.")

    def actor_options(self) -> dict[str, Any]:
        """Ray's options of each replica."""
        options: dict[str, Any] = {"label_selector": self.label_selector} if self.label_selector else {}
        if self.fallback:
            options["fallback_strategy"] = [{"label_selector": labels} for labels in self.fallback]
        return options
