"""The requests of ComfyUI's routes for prompts."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Json = dict[str, Any]
MOST_LISTED = 1000


class PromptRequest(BaseModel):
    """A workflow in API format. ``number`` is a priority, smaller first; ``front`` goes before all.

    With ``partial_execution_targets`` only these output nodes run. ``extra_data.preview_method`` says whether pictures
    of the steps are sent.
    """

    model_config = ConfigDict(extra="ignore")

    prompt: Any = None
    prompt_id: str | None = Field(default=None, max_length=64)
    client_id: str | None = Field(default=None, max_length=128, pattern=r"^[^\x00]*$")
    number: float | None = Field(default=None, ge=-1e9, le=1e9)
    front: bool | None = None
    extra_data: Json | None = None
    partial_execution_targets: Annotated[list[str], Field(max_length=MOST_LISTED)] | None = None


class QueueRequest(BaseModel):
    """The prompts to remove from the queue or the history."""

    clear: bool = False
    delete: Annotated[list[str], Field(max_length=MOST_LISTED)] = []


class InterruptRequest(BaseModel):
    """Which running prompt is stopped: the one of this id, else the oldest of this client, else the oldest of all."""

    model_config = ConfigDict(extra="ignore")

    prompt_id: Any = None
    client_id: Any = None
