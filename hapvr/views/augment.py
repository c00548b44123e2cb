"""Weak and strong pixel augmentation of a clip. Temporal augmentation is `hapvr.views.temporal`.

Crop, flip and RandAugment are the same for every frame of a clip; overlays and blur are drawn for each frame
(S2VS, section 3.1).
"""

import math

import torch
from kornia.filters import gaussian_blur2d
from kornia.geometry.transform import hflip
from torch import Generator, Tensor
from torch.nn.functional import interpolate

from hapvr.seeding import happens, integer, uniform
from hapvr.views.options import Views
from hapvr.views.overlay import with_overlays
from hapvr.views.randaugment import rand_augment

# How much wider than the frame's a crop's shape may be, as everyone has had it since Inception.
RATIOS = (3 / 4, 4 / 3)


def weak(clip: Tensor, params: Views, generator: Generator) -> Tensor:
    """Crop and flip of a clip [T, 3, H, W] in 0–1; the size stays."""
    return _flip(_crop(clip, params.weak_crop, generator), params, generator)


def strong(clip: Tensor, params: Views, generator: Generator) -> Tensor:
    """Crop, flip, RandAugment, overlays and blur of a clip [T, 3, H, W] in 0–1; the size stays."""
    clip = _flip(_crop(clip, params.strong_crop, generator), params, generator)
    clip = rand_augment(clip, params.operations, params.magnitude, generator=generator)
    return _blur(with_overlays(clip, params, generator), params, generator)


def _crop(clip: Tensor, shares: tuple[float, float], generator: Generator) -> Tensor:
    """A random box of a random share of the area, brought back to the clip's size."""
    height, width = clip.shape[2:]
    share = uniform(*shares, generator)
    # Of the shapes in which a box of this area fits into the frame: the whole frame has but one.
    low, high = max(RATIOS[0], share), min(RATIOS[1], 1 / share)
    ratio = math.exp(uniform(math.log(low), math.log(high), generator))
    box_height, box_width = (
        max(round(side), 1) for side in (height * (share / ratio) ** 0.5, width * (share * ratio) ** 0.5)
    )
    top, left = integer(0, height - box_height, generator), integer(0, width - box_width, generator)
    box = clip[:, :, top : top + box_height, left : left + box_width]
    return interpolate(box, (height, width), mode="bilinear", antialias=True)


def _flip(clip: Tensor, params: Views, generator: Generator) -> Tensor:
    return hflip(clip) if happens(params.flip, generator) else clip


def _blur(clip: Tensor, params: Views, generator: Generator) -> Tensor:
    """Gaussian blur of some frames, each with a standard deviation of its own."""
    chosen = [number for number in range(len(clip)) if happens(params.blur, generator)]
    if not chosen:
        return clip
    # Left on the CPU: kornia looks at them, and would have to wait for a GPU.
    sigmas = torch.tensor([uniform(*params.blur_sigma, generator) for _ in chosen])
    kernel = 2 * math.ceil(3 * params.blur_sigma[1]) + 1
    frames = torch.tensor(chosen).to(clip.device)
    blurred = gaussian_blur2d(clip[frames], kernel, sigmas[:, None].expand(-1, 2))
    return clip.index_copy(0, frames, blurred)
