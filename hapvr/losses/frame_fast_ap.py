"""FastAP over the frames of relevant videos."""

from hapvr.losses.fast_ap import Bins, FastAP, Lowest
from hapvr.losses.frames import FrameLevel


class FrameFastAP(FrameLevel):
    """`FrameLevel` of `FastAP`. Source: Cakir et al. 2019, on frames as in HAP-VR (Liu et al. 2024)"""

    def __init__(self, bins: Bins, lowest: Lowest = -1.0) -> None:
        super().__init__(FastAP(bins, lowest))
