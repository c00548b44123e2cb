"""Size and rotation of sampled images."""

import numpy as np


def resized(width: int, height: int, size: int | None) -> tuple[int, int]:
    """Width and height after the short side is made `size` pixels, aspect kept; unchanged without a size."""
    if size is None:
        return width, height
    short = min(width, height)
    return max(size, round(width * size / short)), max(size, round(height * size / short))


def upright(image: np.ndarray, rotation: int) -> np.ndarray:
    """Turns a picture [H, W, 3] counterclockwise by `rotation` degrees, to the nearest quarter turn."""
    return np.rot90(image, round(rotation / 90) % 4)


def centre_crop(image: np.ndarray, size: int | None) -> np.ndarray:
    """The central size × size pixels of [H, W, 3]; the whole picture without a size."""
    if size is None:
        return np.ascontiguousarray(image)
    top, left = (image.shape[0] - size) // 2, (image.shape[1] - size) // 2
    return np.ascontiguousarray(image[top : top + size, left : left + size])
