"""The styles and workflows of the application, as plain data from its builder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends
from fastapi.requests import HTTPConnection

from foundation.errors import InvalidInput
from serve_app.http.application import application_of
from serve_app.jobs.fields import WrongField
from serve_app.style.answers import StyleAnswer, WorkflowAnswer
from serve_app.style.schemas import TransformOptions


@dataclass(frozen=True)
class Catalogue:
    """Presets by name (title, description, prompt, negative, workflow), and node classes by workflow name."""

    styles: Mapping[str, Mapping[str, Any]]
    workflows: Mapping[str, Mapping[str, int]]

    def arguments(self, options: TransformOptions) -> dict[str, Any]:
        """The arguments of a job, but for its picture. Raises WrongField for unknown names."""
        style = self.styles.get(options.style_type)
        if style is None:
            detail = f"there is no style {options.style_type}; there are {', '.join(self.styles)}"
            raise WrongField("style_type", InvalidInput(detail))
        workflow = options.workflow or style["workflow"]
        if workflow not in self.workflows:
            detail = f"there is no workflow {workflow}; there are {', '.join(self.workflows)}"
            raise WrongField("workflow", InvalidInput(detail))
        return {
            "user_id": options.user_id,
            "style": options.style_type,
            "prompt": style["prompt"] if options.custom_prompt is None else options.custom_prompt,
            "negative": style["negative"] if options.negative_prompt is None else options.negative_prompt,
            "strength": options.strength,
            "seed": options.seed,
            "workflow": workflow,
            "engine": options.engine,
            "previews": options.previews,
            "keep_metadata": options.keep_metadata,
        }

    def style_answers(self) -> list[StyleAnswer]:
        """The styles as ``GET /styles`` returns them."""
        return [
            StyleAnswer(
                name=name,
                title=style["title"],
                description=style["description"],
                prompt=style["prompt"],
                negative_prompt=style["negative"],
                workflow=style["workflow"],
            )
            for name, style in self.styles.items()
        ]

    def workflow_answers(self) -> list[WorkflowAnswer]:
        """The workflows as ``GET /workflows`` returns them."""
        return [WorkflowAnswer(name=name, nodes=dict(nodes)) for name, nodes in self.workflows.items()]


def catalogue_of(connection: HTTPConnection) -> Catalogue:
    """The catalogue of the application that serves this request."""
    return application_of(connection).extras["catalogue"]


CatalogueOf = Annotated[Catalogue, Depends(catalogue_of)]
