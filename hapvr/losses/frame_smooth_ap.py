"""SmoothAP over the frames of relevant videos."""

from hapvr.losses.frames import FrameLevel
from hapvr.losses.smooth_ap import SmoothAP, Temperature


class FrameSmoothAP(FrameLevel):
    """`FrameLevel` of `SmoothAP`. Source: Brown et al. 2020, on frames as in HAP-VR (Liu et al. 2024)"""

    def __init__(self, temperature: Temperature) -> None:
        super().__init__(SmoothAP(temperature))
