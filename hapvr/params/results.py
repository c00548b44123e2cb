"""Sections `score`, `normalise`, `evaluate`, `tables`, `differences` and `precision`."""

from typing import Annotated, Literal

from pydantic import Field

from hapvr.params.section import Section


class Score(Section):
    runs: list[str] = Field(description="the runs that are scored: all that have models")
    memory_gb: float = Field(gt=0, description="bound on the working set of scoring, GiB")
    threads: int = Field(ge=1, description="CPU threads of one scoring")
    dtype: Literal["float32", "bfloat16", "float16", "auto"] = Field(
        description="number format of the region products; auto: bfloat16 where it is measured to be faster"
    )


class Normalise(Section):
    runs: list[str] = Field(description="the runs whose scores are normalised too, each in a row NAME_normalised")


class Evaluate(Section):
    curve_points: int = Field(ge=2, description="points kept of each precision-recall curve")
    resamples: int = Field(ge=2, description="draws of queries with replacement, for confidence intervals")
    confidence: float = Field(gt=0, lt=1, description="probability that an interval covers")
    seed: int = Field(ge=0, description="seed of those draws")


class MethodsTable(Section):
    kind: Literal["methods"]
    runs: list[str]
    benchmarks: list[str]


class LossesTable(Section):
    """Video-level losses, each in the place of the others."""

    kind: Literal["losses"]
    runs: list[str]
    benchmarks: list[str]


class AblationTable(Section):
    """Components of the method switched on one after another, on one benchmark."""

    kind: Literal["ablation"]
    runs: list[str]
    benchmarks: list[str]


Table = Annotated[MethodsTable | LossesTable | AblationTable, Field(discriminator="kind")]


class Differences(Section):
    """How much better one run is than another, and whether that is more than noise."""

    pairs: list[tuple[str, str]] = Field(min_length=1, description="a row each: the first run minus the second")
    benchmarks: list[str] = Field(min_length=1)


class Precision(Section):
    """What number formats of the region products do to scores and metrics."""

    runs: list[str] = Field(min_length=1, description="runs scored again; the first member of each")
    benchmark: str
    dtypes: list[Literal["bfloat16", "float16"]] = Field(min_length=1, description="compared with float32")
