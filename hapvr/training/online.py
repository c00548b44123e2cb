"""Batches made from frames in every step, as published: augmented anew each time, then described by the backbone."""

from collections.abc import Iterator, Sequence
from functools import partial
from threading import Lock

import torch

from hapvr.features.extractor import Extractor
from hapvr.features.teacher import Teacher
from hapvr.storage.views import Kind
from hapvr.training.batches import Batch
from hapvr.training.epochs import Epochs
from hapvr.training.made import Made, Wanted, make
from hapvr.training.options import Train
from hapvr.training.relevance import relevance_of
from hapvr.training.split import split
from hapvr.training.workers import Workers
from hapvr.views.clips import Clips
from hapvr.views.options import Views
from hapvr.views.stage import kinds_of

# Views are described together until they fill so many passes of the backbone: few frames are left over in the last one.
PASSES = 4


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
        training, self._held_out = split(clips.video_ids, train.validation_share)
        self._clips = clips
        self._epochs = Epochs(training, train.pairs, seed)
        self._extractor, self._teacher = extractor, teacher
        self._views, self._train = views, train
        self._seed = seed
        self._workers = Workers(train.workers)
        # Several batches may be in the making: their views are described in turn.
        self._backbone = Lock()

    def batch(self, number: int) -> Batch:
        """One batch: P weak views, then P strong views of the same sources."""
        sources = self._epochs.batch(number)
        kinds: tuple[Kind, ...] = ("weak", "strong")
        views = [(source, kind) for kind in kinds for source in sources]
        return self._made(views, ("batch", self._seed, number))

    def validation(self) -> Batch | None:
        """Views of the held-out videos, as many of each kind as the view bank has."""
        views = [(source, kind) for source in self._held_out for kind, _ in kinds_of(self._views)]
        return self._made(views, ("validation",)) if views else None

    def _made(self, views: Sequence[tuple[str, Kind]], batch: tuple[str | int, ...]) -> Batch:
        wanted = [Wanted(source, kind, batch, place) for place, (source, kind) in enumerate(views)]
        hosts = [view for view in wanted if view.kind == "strong"]
        features, teacher, sources = [], [], []
        making = [partial(make, view, hosts, self._clips, views=self._views, train=self._train) for view in wanted]
        for made in self._groups(self._workers.results(making)):
            images = torch.cat([view.images for view in made]) * 255
            with self._backbone:
                extracted = self._extractor(images)
                labels_of_all = self._teacher(images, extracted.pooled)
            lengths = [len(view.images) for view in made]
            described = extracted.regions.split(lengths), labels_of_all.split(lengths)
            for view, regions, labels in zip(made, *described, strict=True):
                features.append(regions[view.shown])
                teacher.append(labels[view.shown])
                sources.append(view.sources)
        return Batch(torch.stack(features), torch.stack(teacher), relevance_of(sources), sources)

    def _groups(self, views: Iterator[Made]) -> Iterator[list[Made]]:
        """Views in a row with enough frames for the backbone to be quick, few enough to fit into memory."""
        group: list[Made] = []
        for view in views:
            group.append(view)
            if sum(len(made.images) for made in group) >= PASSES * self._extractor.batch:
                yield group
                group = []
        if group:
            yield group
