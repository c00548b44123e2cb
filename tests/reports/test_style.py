"""The house style: colours that stay apart whoever looks at them."""

import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from hapvr.reports.figures.style import COLOURS, task_label

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
SEEN_BY = {
    "everybody": np.eye(3),
    "protanopia": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "deuteranopia": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "tritanopia": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1, 1.089])


def lab(colour: str, seen: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of an sRGB colour as somebody sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(np.maximum(TO_XYZ @ np.clip(seen @ linear, 0, 1) / WHITE, 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("who", list(SEEN_BY))
def test_no_two_colours_look_alike_to_anybody(who):
    seen = [lab(colour, np.array(SEEN_BY[who])) for colour in COLOURS]
    for (one, first), (other, second) in itertools.combinations(zip(COLOURS, seen, strict=True), 2):
        # 2 is the least that can be told side by side.
        assert np.linalg.norm(first - second) > 15, (one, other)


def test_a_task_is_named_so_that_svd_is_no_dataset():
    assert task_label("mini_svd", "SVD", "uAP") == "mini_svd SVD µAP"
