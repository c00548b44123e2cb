"""QuadLinear-AP over the frames of relevant videos."""

from hapvr.losses.frames import FrameLevel
from hapvr.losses.quadlinear_ap import Delta, QuadLinearAP, Rho


class FrameQuadLinearAP(FrameLevel):
    """`FrameLevel` of `QuadLinearAP`. Source: HAP-VR (Liu et al. 2024)"""

    def __init__(self, delta: Delta, rho: Rho) -> None:
        super().__init__(QuadLinearAP(delta, rho))
