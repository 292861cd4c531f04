"""The styles and workflows that an ingress knows, as plain data from its builder."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from foundation.errors import InvalidInput
from serve_app.http.problems import WrongField
from serve_app.style.answers import StyleAnswer, WorkflowAnswer
from serve_app.style.schemas import Wish


@dataclass(frozen=True)
class Catalogue:
    """Presets by name (title, description, prompt, negative, workflow), and node classes by workflow name."""

    styles: Mapping[str, Mapping[str, Any]]
    workflows: Mapping[str, Mapping[str, int]]

    def arguments(self, wish: Wish) -> dict[str, Any]:
        """The arguments of a job, but for its picture. Raises WrongField for unknown names."""
        style = self.styles.get(wish.style_type)
        if style is None:
            detail = f"there is no style {wish.style_type}; there are {', '.join(self.styles)}"
            raise WrongField("style_type", InvalidInput(detail))
        workflow = wish.workflow or style["workflow"]
        if workflow not in self.workflows:
            detail = f"there is no workflow {workflow}; there are {', '.join(self.workflows)}"
            raise WrongField("workflow", InvalidInput(detail))
        return {
            "user_id": wish.user_id,
            "style": wish.style_type,
            "prompt": style["prompt"] if wish.custom_prompt is None else wish.custom_prompt,
            "negative": style["negative"] if wish.negative_prompt is None else wish.negative_prompt,
            "strength": wish.strength,
            "seed": wish.seed,
            "workflow": workflow,
            "engine": wish.engine,
            "previews": wish.previews,
            "keep_metadata": wish.keep_metadata,
        }

    def told_styles(self) -> list[StyleAnswer]:
        """The styles as ``GET /styles`` tells them."""
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

    def told_workflows(self) -> list[WorkflowAnswer]:
        """The workflows as ``GET /workflows`` tells them."""
        return [WorkflowAnswer(name=name, nodes=dict(nodes)) for name, nodes in self.workflows.items()]
