"""What the args of every application have in common."""

from typing import Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from deployments.refusals import refuse_cloud
from deployments.scaling import Copies
from foundation.settings import get_settings
from graphs.common.profiles import with_profile


class AppArgs(BaseModel):
    """What ``args:`` of an application may say in a Serve config."""

    model_config = ConfigDict(extra="forbid")
    app: ClassVar[str]

    profile: str | None = Field(default=None, description="gpu24, gpu80 or gpu141: args for cards of this size.")
    cloud: bool = Field(default=False, description="On a cluster of several nodes, open to others.")
    ingress_replicas: int = Field(default=1, ge=1, le=16)
    pipeline_replicas: int = Field(default=1, ge=1, le=16)
    replicas_per_node: int | None = Field(
        default=None, ge=1, le=100, description="Of ingress and pipeline each, so that the end of a node is no outage."
    )

    @model_validator(mode="before")
    @classmethod
    def _over_profile(cls, value: Any) -> Any:
        return with_profile(cls.app, cast(dict[str, Any], value)) if isinstance(value, dict) else value

    @property
    def ingresses(self) -> Copies:
        """The replicas of the ingress."""
        return Copies(self.ingress_replicas, self.replicas_per_node)

    @property
    def pipelines(self) -> Copies:
        """The replicas of each pipeline."""
        return Copies(self.pipeline_replicas, self.replicas_per_node)

    def check_start(self) -> None:
        """Refuse what could not go well in a cloud. Raises Misconfigured."""
        if self.cloud:
            refuse_cloud(get_settings())
