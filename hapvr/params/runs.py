"""Section `runs`: every row of every table, with its method and losses."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from hapvr.params.section import Section

Rate = Annotated[float, Field(ge=0, le=1, description="share of target items kept by TopK-Chamfer; 0: the best one")]


class SimilarityNetwork(Section):
    """Attention, TopK-Chamfer over regions, CNN, TopK-Chamfer over frames (S2VS, HAP-VR)."""

    name: Literal["similarity_network"]
    region_top_rate: Rate
    frame_top_rate: Rate
    minimum_frames: int = Field(ge=4, description="shorter videos are repeated up to this many frames")


class Chamfer(Section):
    """TopK-Chamfer over regions, then over frames, of frozen features (ViSiL_f)."""

    name: Literal["chamfer"]
    region_top_rate: Rate
    frame_top_rate: Rate


class MeanPool(Section):
    """Cosine similarity of the mean over frames and regions."""

    name: Literal["mean_pool"]


Method = Annotated[SimilarityNetwork | Chamfer | MeanPool, Field(discriminator="name")]


class LossTerm(Section):
    """One term of the training objective."""

    weight: float = Field(gt=0, description="factor of this term in the total loss")


class FrameLoss(LossTerm):
    """A term of the frame level, on the teacher's pseudo labels."""

    top_rate: float = Field(gt=0, lt=1, description="share of frames the teacher finds most similar: positives")
    bottom_rate: float = Field(gt=0, lt=1, description="share of frames the teacher finds least similar: negatives")


class QuadLinearOptions(LossTerm):
    delta: float = Field(gt=0, description="width of the quadratic part of R(x; δ)")
    rho: float = Field(ge=0, description="weight of wrongly ordered positives, ρ")


class QuadLinearAP(QuadLinearOptions):
    name: Literal["quadlinear_ap"]


class FrameQuadLinearAP(FrameLoss, QuadLinearOptions):
    name: Literal["frame_quadlinear_ap"]


class InfoNCE(LossTerm):
    name: Literal["infonce"]
    temperature: float = Field(gt=0)


class HardNegative(LossTerm):
    name: Literal["hard_negative"]


class SelfSimilarity(LossTerm):
    name: Literal["self_similarity"]


class RangePenalty(LossTerm):
    name: Literal["range_penalty"]


class MAE(LossTerm):
    name: Literal["mae"]


class MSE(LossTerm):
    name: Literal["mse"]


class Contrastive(LossTerm):
    name: Literal["contrastive"]
    positive_margin: float = Field(ge=-1, le=1, description="positives below this similarity are pulled up")
    negative_margin: float = Field(ge=-1, le=1, description="negatives above this similarity are pushed down")


class Triplet(LossTerm):
    name: Literal["triplet"]
    margin: float = Field(ge=0, description="by how much a positive should exceed a negative")


class Circle(LossTerm):
    name: Literal["circle"]
    margin: float = Field(ge=0, le=1, description="negatives should stay below it, positives above 1 − margin")
    gamma: float = Field(gt=0, description="scale of the logits, γ")


class FastOptions(LossTerm):
    bins: int = Field(ge=1, description="bins of the squared distance 2 − 2·similarity in [0, 4]")


class FastAP(FastOptions):
    name: Literal["fast_ap"]


class ListwiseOptions(LossTerm):
    bins: int = Field(ge=2, description="bins of the similarity in [0, 1]")


class ListwiseAP(ListwiseOptions):
    name: Literal["listwise_ap"]


class BlackboxOptions(LossTerm):
    interpolation: float = Field(gt=0, description="how far scores move to see ranks change, λ")
    margin: float = Field(ge=0, description="lead over negatives that a positive needs to be ranked above them")


class BlackboxAP(BlackboxOptions):
    name: Literal["blackbox_ap"]


class SmoothOptions(LossTerm):
    temperature: float = Field(gt=0, description="width of the sigmoid that stands for the step, τ")


class SmoothAP(SmoothOptions):
    name: Literal["smooth_ap"]


class FrameFastAP(FrameLoss, FastOptions):
    name: Literal["frame_fast_ap"]


class FrameListwiseAP(FrameLoss, ListwiseOptions):
    name: Literal["frame_listwise_ap"]


class FrameBlackboxAP(FrameLoss, BlackboxOptions):
    name: Literal["frame_blackbox_ap"]


class FrameSmoothAP(FrameLoss, SmoothOptions):
    name: Literal["frame_smooth_ap"]


Loss = Annotated[
    QuadLinearAP
    | FrameQuadLinearAP
    | FrameFastAP
    | FrameListwiseAP
    | FrameBlackboxAP
    | FrameSmoothAP
    | InfoNCE
    | HardNegative
    | SelfSimilarity
    | RangePenalty
    | MAE
    | MSE
    | Contrastive
    | Triplet
    | Circle
    | FastAP
    | ListwiseAP
    | BlackboxAP
    | SmoothAP,
    Field(discriminator="name"),
]


class Run(Section):
    """A run with models of its own: it is trained or frozen, then scored."""

    label: str = Field(description="name in tables and figures")
    method: Method
    losses: list[Loss] = Field(description="terms of the training objective; empty: the run is not trained")

    @model_validator(mode="after")
    def check_losses(self) -> Self:
        """Losses need a method with weights, and each is listed once: the log has one column for it."""
        names = [loss.name for loss in self.losses]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"losses: {', '.join(twice)} listed more than once; keep one each")
        if names and self.method.name != "similarity_network":
            raise ValueError(f"losses: method {self.method.name} has no weights to train; use similarity_network")
        return self


class Normalisation(Section):
    """Which similarities to background videos, the training set's, are taken off each score of a query."""

    beta: float = Field(ge=0, description="how much of their mean is taken off, β")
    first: int = Field(ge=1, description="the most similar background video that counts, by rank from 1")
    last: int = Field(ge=1, description="the least similar one that counts, by rank")

    @model_validator(mode="after")
    def check_ranks(self) -> Self:
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
