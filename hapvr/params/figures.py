"""Section `figures`: what each figure shows."""

from pydantic import Field

from hapvr.params.section import Section


class ContactSheet(Section):
    """Queries of a benchmark beside one video of each relevance label and a distractor."""

    benchmark: str
    queries: int = Field(ge=1, description="rows of the sheet")


class Comparison(Section):
    """Results of several runs on the tasks of some benchmarks."""

    runs: list[str] = Field(min_length=1)
    benchmarks: list[str] = Field(min_length=1)


class ScoreDistribution(Section):
    """Similarity of relevant and irrelevant pairs, by label."""

    runs: list[str] = Field(min_length=1)
    benchmark: str


class TrainingCurves(Section):
    """Loss terms and validation metrics during training."""

    runs: list[str] = Field(min_length=1, description="trained runs")


class Figures(Section):
    contact_sheet: ContactSheet
    ablation: Comparison
    precision_recall: Comparison
    score_distribution: ScoreDistribution
    training_curves: TrainingCurves

    def runs(self, figure: str) -> list[str]:
        """Names of the runs that a figure shows."""
        return list(getattr(getattr(self, figure), "runs", []))

    def benchmarks(self, figure: str) -> list[str]:
        """Names of the benchmarks that a figure shows."""
        section = getattr(self, figure)
        return [section.benchmark] if hasattr(section, "benchmark") else list(getattr(section, "benchmarks", []))
