"""Temporal augmentation as sequences of frame numbers, so that it applies to images and to features alike.

Source: S2VS (Kordopatis-Zilos et al. 2023), section 3.1; HAP-VR uses the same. One of the five, or none, per view.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from hapvr.seeding import happens, integer, uniform
from hapvr.storage.views import Kind
from hapvr.views.options import Temporal


def shuffle_dropout(frames: int, segment: int, order: Sequence[int], kept: Sequence[bool]) -> Tensor:
    """Frames cut into segments (the last may be shorter), put into `order`; segments not `kept` are left out.

    order: numbers of the segments, in their new order. kept: one entry per segment number.
    """
    segments = torch.arange(frames).split(segment)
    return torch.cat([segments[number] for number in order if kept[number]])


def fast_forward(frames: int, factor: int) -> Tensor:
    """Every `factor`-th frame."""
    return torch.arange(0, frames, factor)


def slow_motion(frames: int, factor: int) -> Tensor:
    """Every frame `factor` times."""
    return torch.arange(frames).repeat_interleave(factor)


def reverse(frames: int) -> Tensor:
    """The frames from last to first."""
    return torch.arange(frames).flip(0)


def pause(frames: int, at: int, duration: int) -> Tensor:
    """Frame number `at` is shown `duration` times more."""
    repeats = torch.ones(frames, dtype=torch.int64)
    repeats[at] += duration
    return torch.arange(frames).repeat_interleave(repeats)


def temporal_indices(frames: int, params: Temporal, generator: torch.Generator) -> Tensor:
    """Frame numbers [T'] of a randomly chosen temporal augmentation of a clip of `frames` frames."""
    match _choose(params, generator):
        case "shuffle_dropout":
            segment = integer(*params.segment, generator)
            count = -(-frames // segment)
            shuffled = happens(params.shuffle, generator)
            order = torch.randperm(count, generator=generator) if shuffled else torch.arange(count)
            kept = torch.rand(count, generator=generator) >= params.dropout
            # A clip may not vanish: where every segment would be dropped, all stay.
            return shuffle_dropout(frames, segment, order.tolist(), (kept | ~kept.any()).tolist())
        case "fast_forward":
            return fast_forward(frames, integer(*params.speed, generator))
        case "slow_motion":
            return slow_motion(frames, integer(*params.slowness, generator))
        case "reverse":
            return reverse(frames)
        case "pause":
            return pause(frames, integer(0, frames - 1, generator), integer(*params.pause_frames, generator))
        case _:
            return torch.arange(frames)


def _choose(params: Temporal, generator: torch.Generator) -> str:
    """The name of one augmentation, or "none" with the chance that is left."""
    point = uniform(0, 1, generator)
    for name, chance in params.chances.items():
        point -= chance
        if point < 0:
            return name
    return "none"


def window_indices(frames: int, window: int, generator: torch.Generator) -> Tensor:
    """`window` consecutive frame numbers from a random start; a shorter clip is doubled until it has as many."""
    length = frames
    while length < window:
        length *= 2
    return (integer(0, length - window, generator) + torch.arange(window)) % frames


def stretch_indices(frames: int, window: int, generator: torch.Generator) -> Tensor:
    """Numbers [2 · window] of the frames that every view of a video in a batch is taken from, so that they overlap.

    Two windows in a row from a random start; a shorter video is doubled until it has as many frames, before any
    augmentation. Source: the training of S2VS.
    """
    return window_indices(frames, 2 * window, generator)


def view_indices(kind: Kind, stretch: Tensor, *, temporal: Temporal, window: int, generator: torch.Generator) -> Tensor:
    """Frame numbers [window] of a stretch that a view shows; strong views are augmented in time first."""
    if kind == "strong":
        stretch = stretch[temporal_indices(len(stretch), temporal, generator)]
    return stretch[window_indices(len(stretch), window, generator)]
