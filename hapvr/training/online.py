"""Batches made from frames in every step, as published: augmented anew each time, then described by the backbone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Lock

import torch
from torch import Tensor

from hapvr.features.extractor import Extractor
from hapvr.features.teacher import Teacher
from hapvr.lookahead import look_ahead
from hapvr.seeding import generator_of, happens, integer, uniform
from hapvr.storage.views import Kind
from hapvr.training.batches import Batch, Epochs, relate_views, split_videos
from hapvr.training.options import Train
from hapvr.views.augment import strong, weak
from hapvr.views.clips import Clips
from hapvr.views.options import Views
from hapvr.views.temporal import stretch_indices, view_indices
from hapvr.views.video_in_video import video_in_video
from hapvr.views.view import view_kinds

# Views are described together until they fill so many passes of the backbone: few frames are left over in the last one.
PASSES = 4


@dataclass(frozen=True)
class ViewRequest:
    """A view to be made of a video; its random numbers depend on the batch it is for and its place in it."""

    video_id: str
    kind: Kind
    batch: tuple[str | int, ...]
    place: int


@dataclass(frozen=True)
class PixelView:
    """The pixels of a view, equal ones once, and when each is shown.

    images: [T', 3, H, W] in 0–1. shown: [window] which of them is shown when. sources: ids of the videos seen in it.
    """

    images: Tensor
    shown: Tensor
    sources: frozenset[str]


class OnlineSource:
    """Batches of one weak and one strong view of `pairs` sources.

    Threads decode and augment; whoever asks for a batch runs the backbone on it, so that pixels of a few views are in
    memory at a time, and of the videos nothing but their ids. What is drawn for a view depends on `views.seed`, the
    seed, the batch's number and the view's place alone. Video-in-video takes two videos of one batch, so that held-out
    videos are never seen in training, nor others in validation.
    Raises ValueError if a batch needs more sources than there are.
    """

    def __init__(
        self, clips: Clips, extractor: Extractor, teacher: Teacher, *, dims: int, views: Views, train: Train, seed: int
    ) -> None:
        self.dims = dims
        training, self._held_out = split_videos(clips.video_ids, train.validation_share)
        self._clips = clips
        self._epochs = Epochs(training, train.pairs, seed)
        self._extractor, self._teacher = extractor, teacher
        self._views, self._train = views, train
        self._seed = seed
        # Several batches may be in the making: their views are described in turn.
        self._backbone = Lock()

    def batch(self, number: int) -> Batch:
        """One batch: P weak views, then P strong views of the same sources."""
        sources = self._epochs.batch(number)
        kinds: tuple[Kind, ...] = ("weak", "strong")
        views = [(source, kind) for kind in kinds for source in sources]
        return self._make_batch(views, ("batch", self._seed, number))

    def validation(self) -> Batch | None:
        """Views of the held-out videos, as many of each kind as the view bank has."""
        views = [(source, kind) for source in self._held_out for kind, _ in view_kinds(self._views)]
        return self._make_batch(views, ("validation",)) if views else None

    def _make_batch(self, views: Sequence[tuple[str, Kind]], batch: tuple[str | int, ...]) -> Batch:
        requests = [ViewRequest(source, kind, batch, place) for place, (source, kind) in enumerate(views)]
        hosts = [request for request in requests if request.kind == "strong"]
        work = [
            partial(make_view, request, hosts, self._clips, views=self._views, train=self._train)
            for request in requests
        ]
        threads = self._train.workers
        features, teacher, sources = [], [], []
        for group in self._group(look_ahead(work, threads=threads, in_line=2 * threads + 1)):
            images = torch.cat([view.images for view in group]) * 255
            with self._backbone:
                extracted = self._extractor(images)
                labels_of_all = self._teacher(images, extracted.pooled)
            lengths = [len(view.images) for view in group]
            described = extracted.regions.split(lengths), labels_of_all.split(lengths)
            for view, regions, labels in zip(group, *described, strict=True):
                features.append(regions[view.shown])
                teacher.append(labels[view.shown])
                sources.append(view.sources)
        return Batch(torch.stack(features), torch.stack(teacher), relate_views(sources), sources)

    def _group(self, views: Iterator[PixelView]) -> Iterator[list[PixelView]]:
        """Views in a row with enough frames for the backbone to be quick, few enough to fit into memory."""
        group: list[PixelView] = []
        for view in views:
            group.append(view)
            if sum(len(one.images) for one in group) >= PASSES * self._extractor.batch:
                yield group
                group = []
        if group:
            yield group


def make_view(
    request: ViewRequest, hosts: Sequence[ViewRequest], clips: Clips, *, views: Views, train: Train
) -> PixelView:
    """A view; a strong one may be placed inside another strong view of the batch, one of `hosts`, as published.

    Depends on `views.seed` and the request alone.
    """
    own = _make_alone(request, clips, views=views, train=train)
    generator = generator_of(views.seed, *request.batch, request.place, "inside")
    others = [host for host in hosts if host.video_id != request.video_id]
    if request.kind == "weak" or not happens(views.video_in_video, generator) or not others:
        return own
    outer = _make_alone(others[integer(0, len(others) - 1, generator)], clips, views=views, train=train)
    together, shown = torch.stack([own.shown, outer.shown], 1).unique(dim=0, return_inverse=True)
    inner_images, outer_images = own.images[together[:, 0]], outer.images[together[:, 1]]
    area = uniform(*views.area, generator)
    mixed = video_in_video(inner_images, outer_images, area, generator=generator)
    return PixelView(mixed, shown, own.sources | outer.sources)


def _make_alone(request: ViewRequest, clips: Clips, *, views: Views, train: Train) -> PixelView:
    """Temporal augmentation and window first, so that only frames that are shown are read.

    A frame that is shown several times is augmented once, as in the view bank.
    """
    stretch = stretch_indices(
        clips.store[request.video_id],
        train.window,
        generator_of(views.seed, *request.batch, "stretch", request.video_id),
    )
    generator = generator_of(views.seed, *request.batch, request.place)
    indices = view_indices(request.kind, stretch, temporal=train.temporal, window=train.window, generator=generator)
    frames, shown = indices.unique(return_inverse=True)
    augment = {"weak": weak, "strong": strong}[request.kind]
    images = augment(clips.read(request.video_id, frames.numpy()), views, generator)
    return PixelView(images, shown, frozenset({request.video_id}))
