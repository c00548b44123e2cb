"""Video-in-video: a clip shown inside another one."""

import torch
import torch.nn.functional as F
from torch import Generator, Tensor

from hapvr.seeding import integer


def video_in_video(inner: Tensor, outer: Tensor, area: float, *, generator: Generator) -> Tensor:
    """`inner` in a random place of `outer`, wholly visible, over `area` of its frames.

    inner: [T, 3, H, W]; outer: [T', 3, H, W], repeated or cut to T frames. Returns [T, 3, H, W].
    """
    mixed = outer[torch.arange(len(inner)) % len(outer)].clone()
    height, width = (max(round(side * area**0.5), 1) for side in mixed.shape[2:])
    top = integer(0, mixed.shape[2] - height, generator)
    left = integer(0, mixed.shape[3] - width, generator)
    small = F.interpolate(inner, (height, width), mode="bilinear", antialias=True)
    mixed[:, :, top : top + height, left : left + width] = small
    return mixed
