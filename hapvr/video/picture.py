"""One sampled frame."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Picture:
    """image: [H, W, 3] uint8; timestamp: seconds from the start; index: frame number in presentation order."""

    image: np.ndarray
    timestamp: float
    index: int
