"""ListwiseAP over the frames of relevant videos."""

from hapvr.losses.frames import FrameLevel
from hapvr.losses.listwise_ap import Bins, ListwiseAP


class FrameListwiseAP(FrameLevel):
    """`FrameLevel` of `ListwiseAP`. Source: Revaud et al. 2019, on frames as in HAP-VR (Liu et al. 2024)"""

    def __init__(self, bins: Bins) -> None:
        super().__init__(ListwiseAP(bins))
