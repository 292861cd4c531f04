"""What the args of every application have in common."""

from typing import Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from graphs.capacity.profiles import with_profile


class AppArgs(BaseModel):
    """What ``args:`` of an application may say in a Serve config."""

    model_config = ConfigDict(extra="forbid")
    app: ClassVar[str]

    profile: str | None = Field(default=None, description="gpu24, gpu80 or gpu141: args for cards of this size.")

    @model_validator(mode="before")
    @classmethod
    def _over_profile(cls, value: Any) -> Any:
        return with_profile(cls.app, cast(dict[str, Any], value)) if isinstance(value, dict) else value
