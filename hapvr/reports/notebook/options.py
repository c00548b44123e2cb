"""What the notebook tells the method on."""

from typing import Any

from pydantic import Field

from hapvr.params.runs import Losses
from hapvr.section import Section


class Notebook(Section):
    """On one benchmark, a similarity network beside frozen features."""

    benchmark: str
    run: str = Field(description="run of a similarity network; its first member compares the pair")
    frozen: str = Field(description="run that it stands beside")
    losses: Losses = Field(description="losses whose gradients are shown beside those of the run, with parameters")

    @property
    def other_losses(self) -> dict[str, dict[str, Any]]:
        """Name → `weight` and parameters."""
        losses: dict[str, Any] = self.losses
        return {name: loss.model_dump(exclude={"name"}) for name, loss in losses.items()}
