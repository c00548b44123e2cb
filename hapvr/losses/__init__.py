"""Training losses, one a file; `LOSSES` maps the name in params.yaml to the class."""

from torch import nn

from hapvr.losses.blackbox_ap import BlackboxAP
from hapvr.losses.circle import Circle
from hapvr.losses.contrastive import Contrastive
from hapvr.losses.fast_ap import FastAP
from hapvr.losses.frame_blackbox_ap import FrameBlackboxAP
from hapvr.losses.frame_fast_ap import FrameFastAP
from hapvr.losses.frame_listwise_ap import FrameListwiseAP
from hapvr.losses.frame_quadlinear_ap import FrameQuadLinearAP
from hapvr.losses.frame_smooth_ap import FrameSmoothAP
from hapvr.losses.hard_negative import HardNegative
from hapvr.losses.infonce import InfoNCE
from hapvr.losses.listwise_ap import ListwiseAP
from hapvr.losses.mae import MAE
from hapvr.losses.mse import MSE
from hapvr.losses.pseudo_labels import pseudo_labels
from hapvr.losses.quadlinear_ap import QuadLinearAP
from hapvr.losses.range_penalty import RangePenalty
from hapvr.losses.self_similarity import SelfSimilarity
from hapvr.losses.smooth_ap import SmoothAP
from hapvr.losses.triplet import Triplet

LOSSES: dict[str, type[nn.Module]] = {
    "quadlinear_ap": QuadLinearAP,
    "frame_quadlinear_ap": FrameQuadLinearAP,
    "frame_fast_ap": FrameFastAP,
    "frame_listwise_ap": FrameListwiseAP,
    "frame_blackbox_ap": FrameBlackboxAP,
    "frame_smooth_ap": FrameSmoothAP,
    "infonce": InfoNCE,
    "hard_negative": HardNegative,
    "self_similarity": SelfSimilarity,
    "range_penalty": RangePenalty,
    "mae": MAE,
    "mse": MSE,
    "contrastive": Contrastive,
    "triplet": Triplet,
    "circle": Circle,
    "fast_ap": FastAP,
    "listwise_ap": ListwiseAP,
    "blackbox_ap": BlackboxAP,
    "smooth_ap": SmoothAP,
}

__all__ = [
    "LOSSES",
    "MAE",
    "MSE",
    "BlackboxAP",
    "Circle",
    "Contrastive",
    "FastAP",
    "FrameBlackboxAP",
    "FrameFastAP",
    "FrameListwiseAP",
    "FrameQuadLinearAP",
    "FrameSmoothAP",
    "HardNegative",
    "InfoNCE",
    "ListwiseAP",
    "QuadLinearAP",
    "RangePenalty",
    "SelfSimilarity",
    "SmoothAP",
    "Triplet",
    "pseudo_labels",
]
