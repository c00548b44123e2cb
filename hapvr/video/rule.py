"""Which frames are sampled: timestamps decide, as in `ffmpeg -vf fps=…`."""

import math

# Containers round timestamps to their time base (Matroska, FLV: 1 ms): a frame meant for a border may lie this far off.
TOLERANCE_S = 1e-3


def first_sample(time_s: float, fps: float) -> int:
    """Number of the first sample that a frame at `time_s` can be.

    Sample k is the last frame with time_s < (k + 0.5) / fps. A frame less than 1 ms before that border belongs to
    sample k + 1 already.
    """
    return math.floor((time_s + TOLERANCE_S) * fps + 0.5)
