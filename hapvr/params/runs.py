"""Sections `methods`, `objectives` and `runs`: every row of every table, with its method and losses."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from hapvr.losses import LOSSES
from hapvr.losses.options import FrameTerm, Term
from hapvr.methods import METHODS
from hapvr.params.variants import or_shared, variants, with_names
from hapvr.section import Section

Method = variants(METHODS, dict.fromkeys(METHODS, Section))
Loss = variants(LOSSES, {name: FrameTerm if "FrameLevel" in LOSSES.bases(name) else Term for name in LOSSES})
Losses = Annotated[dict[str, Loss], BeforeValidator(with_names)]  # type: ignore[valid-type]


class Run(Section):
    """A run with models of its own: trained, frozen, with its first weights or with published ones; then scored."""

    label: str = Field(description="name in tables and figures")
    method: or_shared(Method) = Field(description="a method with its parameters, or its name under `methods`")  # type: ignore[valid-type]
    losses: Annotated[dict[str, or_shared(Loss)], BeforeValidator(with_names)] = Field(  # type: ignore[valid-type]
        description="terms of the training objective in the order in which they are added, each with its parameters or "
        "the name of one of `objectives` that has it; empty: nothing is trained by losses"
    )
    seeds: list[int] | None = Field(
        default=None, min_length=1, description="some of train.seeds, where a run needs fewer; absent: all of them"
    )
    weights: str | None = Field(
        default=None,
        description="published weights in the place of a training, by their name in `hapvr weights`",
    )


class Normalisation(Section):
    """Which similarities to background videos, the training set's, are taken off each score of a query."""

    beta: float = Field(ge=0, description="how much of their mean is taken off, β")
    first: int = Field(ge=1, description="the most similar background video that counts, by rank from 1")
    last: int = Field(ge=1, description="the least similar one that counts, by rank")

    @model_validator(mode="after")
    def check_ranks(self) -> "Normalisation":
        """Ranks run upwards."""
        if self.first > self.last:
            raise ValueError(f"first: {self.first} is after last: {self.last}; give the smaller rank first")
        return self


class NormalisedRun(Section):
    """A row made of another run's scores: it has that run's models, and none of its own."""

    label: str = Field(description="name in tables and figures")
    of: str = Field(description="the run whose scores are normalised")
    normalise: Normalisation


def _kind(run: Any) -> str:
    return "normalised" if isinstance(run, NormalisedRun) or (isinstance(run, dict) and "of" in run) else "scored"


AnyRun = Annotated[
    Annotated[Run, Tag("scored")] | Annotated[NormalisedRun, Tag("normalised")],
    Discriminator(_kind),
]
