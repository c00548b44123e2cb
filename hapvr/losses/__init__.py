"""Training losses, one a file; `LOSSES` maps the name in params.yaml to the class."""

from torch import nn

from hapvr.losses.frame_quadlinear_ap import FrameQuadLinearAP
from hapvr.losses.hard_negative import HardNegative
from hapvr.losses.infonce import InfoNCE
from hapvr.losses.pseudo_labels import pseudo_labels
from hapvr.losses.quadlinear_ap import QuadLinearAP
from hapvr.losses.range_penalty import RangePenalty
from hapvr.losses.self_similarity import SelfSimilarity

LOSSES: dict[str, type[nn.Module]] = {
    "quadlinear_ap": QuadLinearAP,
    "frame_quadlinear_ap": FrameQuadLinearAP,
    "infonce": InfoNCE,
    "hard_negative": HardNegative,
    "self_similarity": SelfSimilarity,
    "range_penalty": RangePenalty,
}

__all__ = [
    "LOSSES",
    "FrameQuadLinearAP",
    "HardNegative",
    "InfoNCE",
    "QuadLinearAP",
    "RangePenalty",
    "SelfSimilarity",
    "pseudo_labels",
]
