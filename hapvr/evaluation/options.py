"""What is computed of scores."""

from pydantic import Field

from hapvr.section import Section


class Evaluate(Section):
    curve_points: int = Field(ge=2, description="points kept of each precision-recall curve")
    resamples: int = Field(ge=2, description="draws of queries with replacement, for confidence intervals")
    confidence: float = Field(gt=0, lt=1, description="probability that an interval covers")
    seed: int = Field(ge=0, description="seed of those draws")
    restrict_to: str | dict[str, str] | None = Field(
        description="the only videos evaluated on, as if there were no others: a file of ids, one per line; of several "
        "benchmarks the name of each and its file; null: all"
    )
