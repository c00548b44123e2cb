"""Random numbers that depend on a seed and a name only."""

from zlib import crc32

import numpy as np


def generator(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for every (seed, name), as in `generator(7, "mini_fivr/incident 3/camera 1")`."""
    return np.random.default_rng([seed, crc32(name.encode())])
