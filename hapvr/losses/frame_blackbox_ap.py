"""BlackboxAP over the frames of relevant videos."""

from hapvr.losses.blackbox_ap import BlackboxAP, Interpolation, Margin
from hapvr.losses.frames import FrameLevel


class FrameBlackboxAP(FrameLevel):
    """`FrameLevel` of `BlackboxAP`. Source: Rolínek et al. 2020, on frames as in HAP-VR (Liu et al. 2024)"""

    def __init__(self, interpolation: Interpolation, margin: Margin) -> None:
        super().__init__(BlackboxAP(interpolation, margin))
