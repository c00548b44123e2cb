"""Section `figures`: what each figure shows."""

from typing import Annotated, Literal

from pydantic import Field

from hapvr.params.runs import Loss
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


class LossGradients(Section):
    """The surrogates of the step function that Smooth-AP and QuadLinear-AP use, and their derivatives."""

    temperatures: list[Annotated[float, Field(gt=0)]] = Field(min_length=1, description="τ of the sigmoid G(x; τ)")
    deltas: list[Annotated[float, Field(gt=0)]] = Field(min_length=1, description="δ of R(x; δ)")


class RankGradients(Section):
    """The gradient a loss gives the relevant item of a query, by the item's rank."""

    irrelevant: int = Field(ge=1, description="irrelevant items ranked with it")
    lowest: float = Field(ge=0, le=1, description="similarity of the last irrelevant item")
    highest: float = Field(ge=0, le=1, description="similarity of the first; the others are evenly spaced")
    losses: list[Loss] = Field(min_length=1, description="a panel each; the gradient includes the weight")


class Ranking(Section):
    """Similarities of one query's items."""

    relevant: list[float] = Field(min_length=1)
    irrelevant: list[float] = Field(min_length=1)


class ToyExample(Section):
    """Rankings that a pair-wise loss cannot tell apart, while Average Precision can."""

    rankings: list[Ranking] = Field(min_length=2)
    pairwise: Loss = Field(description="the loss under which the rankings are equal")
    ranking: Loss = Field(description="a loss that tells them apart")


Operation = Literal[
    "shear_x",
    "shear_y",
    "translate_x",
    "translate_y",
    "rotate",
    "brightness",
    "color",
    "contrast",
    "sharpness",
    "posterize",
    "solarize",
    "auto_contrast",
    "equalize",
]


class Augmentations(Section):
    """Film strips of each augmentation, alone, on one training video."""

    video: int | str = Field(description="id of the training video, or its number in order of id, from 0")
    frames: int = Field(ge=4, le=16, description="frames of the video that are shown")
    operations: list[Operation] = Field(min_length=1, description="RandAugment operations that are shown")
    seed: int = Field(ge=0, description="seed of what is drawn")


class Figures(Section):
    contact_sheet: ContactSheet
    augmentations: Augmentations
    ablation: Comparison
    precision_recall: Comparison
    score_distribution: ScoreDistribution
    training_curves: TrainingCurves
    loss_gradients: LossGradients
    rank_gradients: RankGradients
    toy_example: ToyExample

    def runs(self, figure: str) -> list[str]:
        """Names of the runs that a figure shows."""
        return list(getattr(getattr(self, figure), "runs", []))

    def benchmarks(self, figure: str) -> list[str]:
        """Names of the benchmarks that a figure shows."""
        section = getattr(self, figure)
        return [section.benchmark] if hasattr(section, "benchmark") else list(getattr(section, "benchmarks", []))
