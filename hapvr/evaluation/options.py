"""What is computed of scores."""

from pydantic import Field

from hapvr.section import Section


class Evaluate(Section):
    curve_points: int = Field(ge=2, description="points kept of each precision-recall curve")
    resamples: int = Field(ge=2, description="draws of queries with replacement, for confidence intervals")
    confidence: float = Field(gt=0, lt=1, description="probability that an interval covers")
    seed: int = Field(ge=0, description="seed of those draws")
