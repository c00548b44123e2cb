"""RandAugment with the published magnitudes, the same operations for every frame of a clip.

Source: Cubuk et al. 2020, with the operations and ranges that S2VS and HAP-VR use: 31 magnitudes, signs at random.
kornia's own RandAugment has other operations and no signs, so its operations are used, not its policy.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from kornia import enhance
from torch import Generator, Tensor

from hapvr.seeding import happens, integer

LARGEST = 30

Operation = Callable[[Tensor, float, float], Tensor]


def _warp(clip: Tensor, matrix: list[list[float]]) -> Tensor:
    """Each output point takes the input at `matrix` · (x, y, 1), in coordinates from -1 to 1; black outside."""
    theta = torch.tensor([matrix], dtype=clip.dtype, device=clip.device).expand(len(clip), 2, 3)
    grid = F.affine_grid(theta, list(clip.shape), align_corners=False)
    return F.grid_sample(clip, grid, align_corners=False)


def _rotate(clip: Tensor, angle: float) -> Tensor:
    cosine, sine = math.cos(angle), math.sin(angle)
    # The coordinates run from -1 to 1 both ways, whatever the frame's shape.
    ratio = clip.shape[-2] / clip.shape[-1]
    return _warp(clip, [[cosine, -sine * ratio, 0], [sine / ratio, cosine, 0]])


def _shear(clip: Tensor, across: float, down: float) -> Tensor:
    """Moves points by a share of their distance from the first row (`across`) or the first column (`down`)."""
    ratio = clip.shape[-2] / clip.shape[-1]
    across, down = across * ratio, down / ratio
    return _warp(clip, [[1, across, across], [down, 1, down]])


def _sharpen(clip: Tensor, factor: float) -> Tensor:
    """PIL's sharpness: away from a copy smoothed by [[1, 1, 1], [1, 5, 1], [1, 1, 1]] / 13; the rim stays as it is.

    Equal to kornia's, whose convolution of few channels takes eight times as long on a CPU. That kernel is 9/13 of a
    mean over 3 × 3 pixels and 4/13 of the pixel itself.
    """
    inner = clip[:, :, 1:-1, 1:-1]
    change = (factor - 1) * 9 / 13 * (inner - F.avg_pool2d(clip, 3, stride=1))
    return clip + F.pad(change, [1, 1, 1, 1])


def _auto_contrast(clip: Tensor) -> Tensor:
    low, high = clip.amin((2, 3), keepdim=True), clip.amax((2, 3), keepdim=True)
    return torch.where(high > low, (clip - low) / (high - low).clamp(min=1e-6), clip)


def _equalize(clip: Tensor) -> Tensor:
    """PIL's equalize: each channel of each frame by the ranks of its 256 levels.

    Equal to kornia's, whose running sum of floats torch refuses on a GPU where training asks for determinism.
    """
    planes = (clip * 255).long().flatten(0, 1).flatten(1)
    first = 256 * torch.arange(len(planes), device=clip.device)[:, None]
    places = (planes + first).flatten()
    counts = places.new_zeros(256 * len(planes)).scatter_add_(0, places, torch.ones_like(places)).view(-1, 256)
    last = (counts > 0).int().cumsum(1).argmax(1, keepdim=True)
    step = (counts.sum(1, keepdim=True) - counts.gather(1, last)) // 255
    table = (counts.cumsum(1) - counts + step // 2) // step.clamp(min=1)
    levels = table.clamp(0, 255).gather(1, planes).to(clip).view_as(clip) / 255
    return torch.where((step > 0).view(*clip.shape[:2], 1, 1), levels, clip)


# Clip [T, 3, H, W] in 0–1, share of the largest magnitude in 0–1, sign -1 or 1 → clip.
OPERATIONS: dict[str, Operation] = {
    "identity": lambda clip, share, sign: clip,
    "shear_x": lambda clip, share, sign: _shear(clip, sign * 0.3 * share, 0),
    "shear_y": lambda clip, share, sign: _shear(clip, 0, sign * 0.3 * share),
    "translate_x": lambda clip, share, sign: _warp(clip, [[1, 0, sign * 300 / 331 * share], [0, 1, 0]]),
    "translate_y": lambda clip, share, sign: _warp(clip, [[1, 0, 0], [0, 1, sign * 300 / 331 * share]]),
    "rotate": lambda clip, share, sign: _rotate(clip, sign * math.radians(30) * share),
    "brightness": lambda clip, share, sign: enhance.adjust_brightness_accumulative(clip, 1 + sign * 0.9 * share),
    "color": lambda clip, share, sign: enhance.adjust_saturation_with_gray_subtraction(clip, 1 + sign * 0.9 * share),
    "contrast": lambda clip, share, sign: enhance.adjust_contrast_with_mean_subtraction(clip, 1 + sign * 0.9 * share),
    "sharpness": lambda clip, share, sign: _sharpen(clip, 1 + sign * 0.9 * share),
    "posterize": lambda clip, share, sign: enhance.posterize(clip, 8 - round(4 * share)),
    "solarize": lambda clip, share, sign: torch.where(clip >= 1 - share, 1 - clip, clip) if share else clip,
    "auto_contrast": lambda clip, share, sign: _auto_contrast(clip),
    "equalize": lambda clip, share, sign: _equalize(clip),
}


def rand_augment(clip: Tensor, operations: int, magnitude: int, *, generator: Generator) -> Tensor:
    """`operations` random operations one after another, each at `magnitude` of 30 with a random sign.

    clip: [T, 3, H, W] in 0–1, and so is the result.
    """
    names = list(OPERATIONS)
    for _ in range(operations):
        name = names[integer(0, len(names) - 1, generator)]
        sign = 1.0 if happens(0.5, generator) else -1.0
        clip = apply_operation(name, clip, magnitude, sign=sign)
    return clip


def apply_operation(name: str, clip: Tensor, magnitude: int, *, sign: float) -> Tensor:
    """One operation at `magnitude` of 30, on a clip [T, 3, H, W] in 0–1, and so is the result."""
    return OPERATIONS[name](clip, magnitude / LARGEST, sign).clamp(0, 1)
