"""Batches of the labelled core: a copy of each anchor, from groups that have nothing to do with each other."""

from typing import Any

import numpy as np
import pytest
import torch

from hapvr.training.labelled_core import LabelledCore, group_copies
from hapvr.training.options import Train
from tests.training.conftest import small_params

RELEVANCE = {
    "a0": {"copy": ["a1", "a2"]},
    "a1": {"copy": ["a0"]},
    "b0": {"copy": ["b1"]},
    "c0": {"copy": ["c1"]},
    "c1": {"copy": ["c0"]},
    "alone": {"copy": ["unreadable"]},
}
FRAMES = {"a0": 3, "a1": 20, "a2": 9, "b0": 8, "b1": 8, "c0": 30, "c1": 4, "alone": 9, "d0": 8, "d1": 8, "d2": 8}


def features() -> dict[str, np.ndarray]:
    """The number of a video in every entry, and of its frame in the first."""
    found = {}
    for number, (name, frames) in enumerate(FRAMES.items()):
        found[name] = np.full((frames, 9, 4), number, np.float32)
        found[name][:, :, 0] = np.arange(frames)[:, None]
    return found


def params(**changes: Any) -> Train:
    return Train.model_validate(small_params(**{"pairs": 2, "core_window": 8, **changes})["train"])


def core(seed: int = 0) -> LabelledCore:
    return LabelledCore(features(), RELEVANCE, ["d0", "unreadable", "d1", "d2"], params(), seed)


def test_groups_are_what_no_relation_leaves() -> None:
    assert group_copies({"a": {"x": ["b"]}, "c": {"x": ["d"], "y": ["b"]}, "e": {"x": []}}) == {
        "a": ["a", "b", "c", "d"],
        "e": ["e"],
    }


def test_each_anchor_has_one_copy_in_the_batch() -> None:
    for number in range(20):
        batch = core().batch(number)
        names = [next(iter(source)) for source in batch.sources]
        assert batch.features.shape == (6, 8, 9, 4)
        for anchor, positive in zip(names[:2], names[2:4], strict=True):
            assert anchor != positive
            assert anchor[0] == positive[0]
        assert names[0][0] != names[1][0]
        assert {name[0] for name in names[4:]} == {"d"}
        assert torch.equal(batch.relevance, torch.block_diag(torch.eye(2).repeat(2, 2), torch.eye(2)))


def test_short_videos_are_repeated_and_long_ones_cut() -> None:
    for number in range(20):
        batch = core().batch(number)
        for source, video in zip(batch.sources, batch.features, strict=True):
            frames = FRAMES[next(iter(source))]
            times = video[:, 0, 0].int().tolist()
            assert times == [(times[0] + step) % frames for step in range(8)]


def test_batch_depends_on_its_number_and_the_seed_alone() -> None:
    once = core()
    once.batch(5)
    assert torch.equal(once.batch(1).features, core().batch(1).features)
    assert any(not torch.equal(core(1).batch(number).features, core().batch(number).features) for number in range(5))


def test_of_few_groups_all_are_in_each_batch() -> None:
    batch = LabelledCore(features(), RELEVANCE, ["d0", "d1", "d2"], params(pairs=5), 0).batch(3)
    assert {next(iter(source))[0] for source in batch.sources[:3]} == {"a", "b", "c"}
    assert len(batch.sources) == 9


def test_too_little_to_learn_from_is_refused() -> None:
    with pytest.raises(ValueError, match="the labelled core of the training set has no group of copies"):
        LabelledCore(features(), {"alone": {"copy": ["unreadable"]}}, FRAMES, params(), 0)
    with pytest.raises(ValueError, match="3 sources per batch, but 1 training videos"):
        LabelledCore(features(), RELEVANCE, ["d0"], params(pairs=3), 0)
