"""Batches of the labelled core of a training set, for methods that learn from labels."""

from collections.abc import Iterable, Mapping
from itertools import chain

import numpy as np
import torch
from torch import Generator, Tensor

from hapvr.seeding import generator_of
from hapvr.training.batches import Batch, Epochs, relate_views
from hapvr.training.options import Train
from hapvr.views.temporal import window_indices


class LabelledCore:
    """Batches of two videos of each of `pairs` groups of copies, and of as many distractors; nothing is augmented.

    features: video id → [T, R, D]. relevance: query → label → video ids, as a dataset has it. distractors: ids of
    videos that are relevant to no other one. Of fewer groups than `pairs` (VCDB has 28), all are in each batch.
    Raises ValueError without any group, or if there are fewer distractors than groups in a batch.
    """

    def __init__(
        self,
        features: Mapping[str, np.ndarray],
        relevance: Mapping[str, Mapping[str, list[str]]],
        distractors: Iterable[str],
        params: Train,
        seed: int,
    ) -> None:
        self._features, self._params, self._seed = features, params, seed
        found = group_copies(relevance)
        readable = {name: [video for video in videos if video in features] for name, videos in found.items()}
        self._groups = {name: videos for name, videos in readable.items() if len(videos) > 1}
        if not self._groups:
            raise ValueError(
                "the labelled core of the training set has no group of copies with two readable videos or more; give "
                "it one, or leave out the methods that learn from it"
            )
        pairs = min(params.pairs, len(self._groups))
        self._epochs = Epochs(sorted(self._groups), pairs, seed)
        others = [video for video in distractors if video in features]
        self._distractors = Epochs(others, pairs, seed)
        self.dims = int(features[next(iter(self._groups.values()))[0]].shape[-1])

    def batch(self, number: int) -> Batch:
        """One batch: P anchors, then P positives, a copy of each, then P distractors."""
        generator = generator_of(self._seed, "core", number)
        groups = self._epochs.batch(number)
        distractors = self._distractors.batch(number)
        pairs = [self._two(self._groups[group], generator) for group in groups]
        videos = [*(anchor for anchor, _ in pairs), *(positive for _, positive in pairs), *distractors]
        features = torch.stack([self._window(video, generator) for video in videos])
        return Batch(
            features=features,
            teacher=features.new_zeros(*features.shape[:2], 0),
            relevance=relate_views([{name} for name in [*groups, *groups, *distractors]]),
            sources=[frozenset({video}) for video in videos],
        )

    def validation(self) -> None:
        """None: all of a small core is learned from."""

    def _two(self, videos: list[str], generator: Generator) -> tuple[str, str]:
        """A video of a group, and another one that is its copy."""
        first, second = torch.randperm(len(videos), generator=generator)[:2].tolist()
        return videos[first], videos[second]

    def _window(self, video: str, generator: Generator) -> Tensor:
        features = torch.from_numpy(np.asarray(self._features[video], np.float32))
        return features[window_indices(len(features), self._params.core_window, generator)]


def group_copies(relevance: Mapping[str, Mapping[str, list[str]]]) -> dict[str, list[str]]:
    """The smallest groups that no relation leaves, by their first video: name → videos, sorted."""
    group_of: dict[str, set[str]] = {}
    for query, labels in relevance.items():
        joined = {query, *chain.from_iterable(labels.values())}
        joined |= set(chain.from_iterable(group_of.get(video, ()) for video in joined))
        group_of.update(dict.fromkeys(joined, joined))
    groups = {min(group): sorted(group) for group in group_of.values()}
    return dict(sorted(groups.items()))
