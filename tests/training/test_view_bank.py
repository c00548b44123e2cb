from collections.abc import Callable

import numpy as np
import pytest
import torch

from hapvr.storage.views import View
from hapvr.training.batches import split_videos
from hapvr.training.options import Train
from hapvr.training.view_bank import ViewBank

SOURCES = [f"video{number}" for number in range(10)]
STILL = {"shuffle_dropout": 0, "fast_forward": 0, "slow_motion": 0, "reverse": 0, "pause": 0}


def windows(frames: np.ndarray, window: int) -> list[np.ndarray]:
    """Every window of a clip that goes on from its first frame after its last one."""
    return [np.roll(frames, -start, 0)[:window] for start in range(len(frames))]


def still(params: Train) -> Train:
    """Without temporal augmentation."""
    return params.model_copy(update={"temporal": params.temporal.model_copy(update=STILL)})


def test_a_batch_is_a_weak_and_a_strong_view_of_each_source(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    views = bank_views(SOURCES, mixed={}, frames=8)
    batch = ViewBank(views, still(train_params(pairs=4)), seed=0).batch(0)
    assert batch.sources[:4] == batch.sources[4:]
    assert len(set(batch.sources)) == 4
    for kind, rows in (("weak", range(4)), ("strong", range(4, 8))):
        for row in rows:
            (source,) = batch.sources[row]
            candidates = [
                window
                for view in views
                if (view.source, view.kind) == (source, kind)
                for window in windows(view.features, 8)
            ]
            assert any(np.array_equal(batch.features[row].numpy(), candidate) for candidate in candidates)


def test_teacher_and_features_are_of_the_same_frames(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    views = bank_views(SOURCES, mixed={})
    for view in views:
        frames = np.arange(len(view.features), dtype=np.float16)
        view.features[:] = frames[:, None, None]
        view.teacher[:] = frames[:, None]
    bank = ViewBank(views, train_params(), seed=0)
    for step in range(5):
        batch = bank.batch(step)
        assert torch.equal(batch.features[:, :, 0, 0], batch.teacher[:, :, 0])


def test_temporal_augmentation_is_for_strong_views_only(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    views = bank_views(SOURCES, mixed={}, frames=8)
    for view in views:
        view.features[:] = np.arange(8, dtype=np.float16)[:, None, None]
    params = train_params()
    reversing = params.temporal.model_copy(update=STILL | {"reverse": 1})
    bank = ViewBank(views, params.model_copy(update={"temporal": reversing}), seed=0)
    order = bank.batch(0).features[:, :, 0, 0]
    steps = order.diff(dim=1) % 8
    assert torch.equal(steps, torch.tensor([[1.0]] * 3 + [[7.0]] * 3).expand(6, 7))


def test_a_short_video_starts_at_any_of_its_frames(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    views = bank_views(SOURCES, mixed={}, frames=5)
    for view in views:
        view.features[:] = np.arange(5, dtype=np.float16)[:, None, None]
    bank = ViewBank(views, still(train_params()), seed=0)
    frames = torch.cat([bank.batch(number).features[:, :, 0, 0] for number in range(8)])
    assert {int(start) for start in frames[:, 0]} == set(range(5))
    assert torch.equal(frames.diff(dim=1) % 5, torch.ones(48, 7))


def test_an_epoch_visits_every_source_once_and_the_next_in_another_order(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    bank = ViewBank(bank_views(SOURCES, mixed={}), train_params(pairs=2, validation_share=0.2), seed=0)
    visited = [next(iter(view)) for step in range(8) for view in bank.batch(step).sources[:2]]
    first, second = visited[:8], visited[8:]
    assert sorted(first) == sorted(second) == split_videos(SOURCES, 0.2)[0]
    assert first != second


def test_held_out_videos_are_never_trained_on_even_inside_another(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    training, held_out = split_videos(SOURCES, 0.2)
    mixed = {training[0]: held_out[0], training[1]: training[2]}
    bank = ViewBank(bank_views(SOURCES, mixed=mixed), train_params(), seed=0)
    seen = {name for step in range(40) for view in bank.batch(step).sources for name in view}
    assert seen == set(training)
    assert any(len(view) == 2 for step in range(40) for view in bank.batch(step).sources)
    validation = bank.validation()
    assert validation is not None
    assert {name for view in validation.sources for name in view} == set(held_out)


def test_a_batch_depends_on_seed_and_step_alone(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    views = bank_views(SOURCES, mixed={})
    bank = ViewBank(views, train_params(), seed=0)
    later = bank.batch(5).features
    for step in range(5):
        bank.batch(step)
    assert torch.equal(bank.batch(5).features, later)
    assert not torch.equal(ViewBank(views, train_params(), seed=1).batch(5).features, later)
    assert not torch.equal(bank.batch(6).features, later)


def test_validation_is_the_same_for_every_seed(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    views = bank_views(SOURCES, mixed={})
    first, second = (ViewBank(views, train_params(), seed=seed).validation() for seed in (0, 1))
    assert first is not None
    assert second is not None
    assert torch.equal(first.features, second.features)


def test_without_a_validation_share_nothing_is_held_out(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    assert ViewBank(bank_views(SOURCES, mixed={}), train_params(validation_share=0), seed=0).validation() is None


def test_too_few_sources_for_a_batch_is_an_error(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    with pytest.raises(ValueError, match=r"train.pairs: 9 sources per batch, but 8 training videos"):
        ViewBank(bank_views(SOURCES, mixed={}), train_params(pairs=9), seed=0)


def test_both_views_of_a_long_video_come_from_one_stretch(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train]
) -> None:
    views = bank_views(SOURCES, mixed={}, frames=60)
    for view in views:
        view.features[:] = np.arange(60, dtype=np.float16)[:, None, None]
    bank = ViewBank(views, still(train_params(window=5, pairs=4)), seed=0)
    for batch in (*(bank.batch(number) for number in range(5)), bank.validation()):
        frames = batch.features[:, :, 0, 0]
        for source in set(batch.sources):
            shown = frames[[view == source for view in batch.sources]]
            assert shown.max() - shown.min() < 10
    assert frames.max() - frames.min() > 10
