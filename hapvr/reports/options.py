"""What tables show."""

from typing import Annotated, Literal

from pydantic import Field

from hapvr.section import Section


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


class SensitivityTable(Section):
    """The first run, and runs that each differ from it in one of δ, ρ and the TopK rates."""

    kind: Literal["sensitivity"]
    runs: list[str] = Field(min_length=2)
    benchmarks: list[str]


Table = Annotated[MethodsTable | LossesTable | AblationTable | SensitivityTable, Field(discriminator="kind")]


class DifferencesTable(Section):
    """A claim, tested by differences between runs."""

    claim: str = Field(min_length=1, description="what holds if the first run of each pair is the better one")
    pairs: list[tuple[str, str]] = Field(min_length=1, description="a row each: the first run minus the second")
    benchmarks: list[str] = Field(min_length=1)


class Differences(Section):
    """How much better one run is than another, and whether that is more than noise."""

    resamples: int = Field(ge=2, description="draws of queries and seeds with replacement")
    tables: dict[str, DifferencesTable] = Field(
        min_length=1, description="name → a claim and the cells that are tested together"
    )


class NumberFormat(Section):
    """What number formats of the region products do to scores and metrics."""

    runs: list[str] = Field(min_length=1, description="runs scored again; the first member of each")
    benchmark: str
    formats: list[Literal["bfloat16", "float16"]] = Field(min_length=1, description="compared with float32")
