"""SmoothAP over the frames of relevant videos."""

from hapvr.losses.frames import FrameLevel
from hapvr.losses.smooth_ap import SmoothAP, Temperature


class FrameSmoothAP(FrameLevel):
    """`FrameLevel` of `SmoothAP`: (frame_similarity, positive, negative, relevance) → scalar.

    Positives and negatives come from `pseudo_labels`. Source: Smooth-AP (Brown et al. 2020), on frames as
    in HAP-VR (Liu et al. 2024).
    """

    def __init__(self, temperature: Temperature) -> None:
        super().__init__(SmoothAP(temperature))
