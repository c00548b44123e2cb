"""Sections `methods`, `objectives` and `runs`: every row of every table, with its method and losses."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from hapvr.losses import LOSSES
from hapvr.losses.options import FrameTerm, Term
from hapvr.methods import METHODS
from hapvr.params.own_train import OwnTrain
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
    teachers: dict[str, str] = Field(
        default={}, max_length=2, description="trained runs that teach this one: name in its `objective` → run"
    )
    seeds: list[int] | None = Field(
        default=None, min_length=1, description="some of train.seeds, where a run needs fewer; absent: all of them"
    )
    train: OwnTrain = Field(  # type: ignore[valid-type]
        default=OwnTrain(), description="values in the place of those of `train`, for this run alone"
    )
    training_set: str | None = Field(
        default=None, description="one of `datasets` that this run learns from; absent: the `training_set` of all"
    )
    weights: str | None = Field(
        default=None,
        description="published weights in the place of a training, by their name in `hapvr weights`",
    )


class Normalisation(Section):
    """Which similarities to background videos are taken off each score of a query.

    They are those of the `training_set` of all, also where the run has one of its own.
    """

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


class Reranking(Section):
    """Which scores are replaced by which."""

    coarse: str = Field(description="the run whose scores come first")
    fine: str = Field(description="the run whose scores, from [-1, 1] to [0, 1], replace some of them")
    selector: str = Field(description="the run whose models choose which")
    share: float = Field(ge=0, le=1, description="share of each query's database videos that get the fine score")


class RerankedRun(Section):
    """A row made of two other runs' scores: coarse, and fine where a third run's models find that worth it."""

    label: str = Field(description="name in tables and figures")
    rerank: Reranking


KEYS = {"of": "normalised", "rerank": "reranked"}
"""A key that only runs of this kind have → the kind."""


def _kind(run: Any) -> str:
    keys = run if isinstance(run, dict) else getattr(type(run), "model_fields", ())
    return next((kind for key, kind in KEYS.items() if key in keys), "scored")


AnyRun = Annotated[
    Annotated[Run, Tag("scored")]
    | Annotated[NormalisedRun, Tag("normalised")]
    | Annotated[RerankedRun, Tag("reranked")],
    Discriminator(_kind),
]
