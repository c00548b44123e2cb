"""ListwiseAP over the frames of relevant videos."""

from hapvr.losses.frame_level import FrameLevel
from hapvr.losses.listwise_ap import ListwiseAP


class FrameListwiseAP(FrameLevel):
    """`FrameLevel` of `ListwiseAP`: (frame_similarity, positive, negative, relevance) → scalar.

    Positives and negatives come from `pseudo_labels`. Source: listwise AP (Revaud et al. 2019), on frames as
    in HAP-VR (Liu et al. 2024).
    """

    def __init__(self, bins: int) -> None:
        super().__init__(ListwiseAP(bins))
