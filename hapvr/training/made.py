"""One view made of frames, for the training step."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from hapvr.seeding import generator_of, happens, integer, uniform
from hapvr.storage.views import Kind
from hapvr.training.options import Train
from hapvr.training.temporal import stretch_indices, view_indices
from hapvr.views.augment import strong, weak
from hapvr.views.clips import Clips
from hapvr.views.options import Views
from hapvr.views.video_in_video import video_in_video


@dataclass(frozen=True)
class Wanted:
    """A view to be made of a video; its random numbers depend on the batch it is for and its place in it."""

    video_id: str
    kind: Kind
    batch: tuple[str | int, ...]
    place: int


@dataclass(frozen=True)
class Made:
    """The pixels of a view, equal ones once, and when each is shown.

    images: [T', 3, H, W] in 0–1. shown: [window] which of them is shown when. sources: ids of the videos seen in it.
    """

    images: Tensor
    shown: Tensor
    sources: frozenset[str]


def make(wanted: Wanted, hosts: Sequence[Wanted], clips: Clips, *, views: Views, train: Train) -> Made:
    """A view; a strong one may be placed inside another strong view of the batch, one of `hosts`, as published.

    Depends on `views.seed` and what is wanted alone.
    """
    own = _alone(wanted, clips, views=views, train=train)
    generator = generator_of(views.seed, *wanted.batch, wanted.place, "inside")
    others = [host for host in hosts if host.video_id != wanted.video_id]
    if wanted.kind == "weak" or not happens(views.video_in_video, generator) or not others:
        return own
    outer = _alone(others[integer(0, len(others) - 1, generator)], clips, views=views, train=train)
    together, shown = torch.stack([own.shown, outer.shown], 1).unique(dim=0, return_inverse=True)
    inner_images, outer_images = own.images[together[:, 0]], outer.images[together[:, 1]]
    area = uniform(*views.area, generator)
    mixed = video_in_video(inner_images, outer_images, area, generator=generator)
    return Made(mixed, shown, own.sources | outer.sources)


def _alone(wanted: Wanted, clips: Clips, *, views: Views, train: Train) -> Made:
    """Temporal augmentation and window first, so that only frames that are shown are read.

    A frame that is shown several times is augmented once, as in the view bank.
    """
    stretch = stretch_indices(
        clips.store[wanted.video_id],
        train.window,
        generator_of(views.seed, *wanted.batch, "stretch", wanted.video_id),
    )
    generator = generator_of(views.seed, *wanted.batch, wanted.place)
    frames, shown = view_indices(wanted.kind, stretch, train, generator).unique(return_inverse=True)
    augment = {"weak": weak, "strong": strong}[wanted.kind]
    images = augment(clips.read(wanted.video_id, frames.numpy()), views, generator)
    return Made(images, shown, frozenset({wanted.video_id}))
