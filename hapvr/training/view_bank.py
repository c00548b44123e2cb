"""Batches from the view bank: pixel augmentation was done once, temporal augmentation is done on features."""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Generator, Tensor

from hapvr.seeding import generator_of, integer
from hapvr.storage.views import Kind, OnDisk, View
from hapvr.training.batches import Batch, Epochs, relate_views, split_videos
from hapvr.training.options import Train
from hapvr.views.temporal import stretch_indices, view_indices


class ViewBank:
    """Batches of one weak and one strong view of `pairs` sources.

    The backbone works per frame, so reordering its features is the same as reordering the frames. A view in which
    a held-out video is to be seen is not trained on.
    Raises ValueError if a batch needs more sources than there are.
    """

    def __init__(self, views: Sequence[View], params: Train, seed: int) -> None:
        self._params = params
        self._seed = seed
        training, held_out = split_videos((view.source for view in views), params.validation_share)
        self._held_out = [view for view in views if view.source in set(held_out)]
        usable = [view for view in views if view.sources <= set(training)]
        self._weak = _group_by_source(usable, "weak")
        self._strong = _group_by_source(usable, "strong")
        self._epochs = Epochs(sorted(self._weak.keys() & self._strong.keys()), params.pairs, seed)
        self.dims = int(views[0].features.shape[-1])

    def batch(self, number: int) -> Batch:
        """One batch: P weak views, then P strong views of the same sources."""
        generator = generator_of(self._seed, "batch", number)
        sources = self._epochs.batch(number)
        weak = [self._pick(self._weak[source], generator) for source in sources]
        strong = [self._pick(self._strong[source], generator) for source in sources]
        return self._assemble([*weak, *strong], generator, (self._seed, "stretch", number))

    def validation(self) -> Batch | None:
        """Every view of the held-out videos, its temporal augmentation and window drawn once and for all."""
        if not self._held_out:
            return None
        return self._assemble(self._held_out, generator_of("validation"), ("validation", "stretch"))

    def _pick(self, views: Sequence[View], generator: Generator) -> View:
        return views[integer(0, len(views) - 1, generator)]

    def _assemble(self, views: Sequence[View], generator: Generator, stretch: tuple[str | int, ...]) -> Batch:
        """stretch: what the part of each video is drawn for that its views are taken from."""
        params = self._params
        stretches = [
            stretch_indices(len(view.features), params.window, generator_of(*stretch, view.source)) for view in views
        ]
        indices = [
            view_indices(view.kind, part, temporal=params.temporal, window=params.window, generator=generator)
            for view, part in zip(views, stretches, strict=True)
        ]
        sources = [view.sources for view in views]
        return Batch(
            features=_stack((view.features for view in views), indices),
            teacher=_stack((view.teacher for view in views), indices),
            relevance=relate_views(sources),
            sources=sources,
        )


def _group_by_source(views: Iterable[View], kind: Kind) -> dict[str, list[View]]:
    found: dict[str, list[View]] = {}
    for view in views:
        if view.kind == kind:
            found.setdefault(view.source, []).append(view)
    return found


def _stack(arrays: Iterable[np.ndarray | OnDisk], indices: Sequence[Tensor]) -> Tensor:
    """float32 [N, window, …] of the chosen frames."""
    chosen = [array[index.numpy()] for array, index in zip(arrays, indices, strict=True)]
    return torch.from_numpy(np.stack(chosen).astype(np.float32))
