"""Batches made from frames in the step."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
import yaml

import hapvr.training.online
import hapvr.views.view
from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.project import Project
from hapvr.stages.train import batch_source, train
from hapvr.stages.views import views
from hapvr.storage.frames import FrameStore, write_frames
from hapvr.storage.views import read_views
from hapvr.training.batches import Batch, split_videos
from hapvr.training.online import OnlineSource
from tests.training.sampled import DIMS, frames_of, sampled_project

LENGTHS = {f"video{number}": 4 + number for number in range(8)}
STILL = {"shuffle_dropout": 0, "fast_forward": 0, "slow_motion": 0, "reverse": 0, "pause": 0}


def without_augmentation(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    for module in modules:
        for name in ("weak", "strong"):
            monkeypatch.setattr(module, name, lambda clip, params, generator: clip)


@pytest.fixture
def make_source(tmp_path: Path) -> Callable[..., OnlineSource]:
    def make(views: dict[str, Any] | None = None, seed: int = 0, **train: Any) -> OnlineSource:
        project = sampled_project(tmp_path, LENGTHS, views=views or {}, train={"pairs": 2, "window": 6} | train)
        source = batch_source(project, seed)
        assert isinstance(source, OnlineSource)
        return source

    return make


def still(**changes: Any) -> dict[str, Any]:
    """A `temporal` section in which nothing happens but the changes."""
    ranges = {"segment": [2, 5], "shuffle": 0.5, "dropout": 0.3, "speed": [2, 3], "slowness": [2, 2]}
    return STILL | ranges | {"pause_frames": [1, 4]} | changes


def same(first: Batch, second: Batch) -> bool:
    tensors = ("features", "teacher", "relevance")
    return first.sources == second.sources and all(
        torch.equal(getattr(first, name), getattr(second, name)) for name in tensors
    )


def test_a_batch_is_a_weak_and_a_strong_view_of_each_source(make_source: Callable[..., OnlineSource]) -> None:
    batch = make_source({"video_in_video": 0}, pairs=3).batch(0)
    assert batch.sources[:3] == batch.sources[3:]
    assert len(set(batch.sources)) == 3
    assert torch.equal(batch.relevance, torch.eye(3).repeat(2, 2))
    assert batch.features.shape == (6, 6, 9, DIMS)
    assert batch.features.norm(dim=-1) == pytest.approx(1, abs=1e-4)
    assert batch.teacher.norm(dim=-1) == pytest.approx(1, abs=1e-4)
    assert not torch.equal(batch.features[:3], batch.features[3:])


def test_a_view_is_a_window_of_the_frames_and_a_strong_one_is_augmented_in_time(
    make_source: Callable[..., OnlineSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    without_augmentation(monkeypatch, hapvr.training.online)
    source = make_source({"video_in_video": 0}, temporal=still(reverse=1), window=4)
    batch = source.batch(0)
    store = source._clips.store
    for row, seen in enumerate(batch.sources):
        (video_id,) = seen
        images = torch.from_numpy(store.images(video_id, np.arange(store[video_id])))
        whole = source._extractor(images.permute(0, 3, 1, 2).float()).regions
        # A video of fewer than eight frames goes on from its first frame.
        starts = range(len(whole) if len(whole) < 8 else len(whole) - 3)
        windows = [(torch.arange(4) + start) % len(whole) for start in starts]
        if row >= 2:
            windows = [window.flip(0) for window in windows]
        assert any(torch.allclose(batch.features[row], whole[window], atol=1e-4) for window in windows)


def test_a_batch_depends_on_seed_and_number_alone(make_source: Callable[..., OnlineSource]) -> None:
    source = make_source()
    third = source.batch(3)
    for number in (0, 3, 2):
        again = source.batch(number)
        assert same(again, third) == (number == 3)
    assert not same(make_source(seed=1).batch(3), third)
    assert not same(make_source({"seed": 1}).batch(3), third)


def test_the_number_of_workers_does_not_matter(make_source: Callable[..., OnlineSource]) -> None:
    alone, many = make_source(workers=1), make_source(workers=5)
    assert all(same(alone.batch(number), many.batch(number)) for number in range(3))


def test_held_out_videos_are_never_trained_on_even_inside_another(make_source: Callable[..., OnlineSource]) -> None:
    training, held_out = split_videos(LENGTHS, 0.3)
    source = make_source({"video_in_video": 1}, validation_share=0.3)
    batches = [source.batch(number) for number in range(6)]
    seen = {name for batch in batches for view in batch.sources for name in view}
    assert seen == set(training)
    assert all(len(view) == 2 for batch in batches for view in batch.sources[2:])
    validation = source.validation()
    assert validation is not None
    assert {name for view in validation.sources for name in view} == set(held_out)


def test_a_mixed_view_is_relevant_to_both_its_sources(make_source: Callable[..., OnlineSource]) -> None:
    batch = make_source({"video_in_video": 1}, pairs=5, validation_share=0).batch(0)
    for first, row in zip(batch.sources, batch.relevance, strict=True):
        assert row.tolist() == [float(bool(first & second)) for second in batch.sources]
    assert batch.relevance[:5, 5:].sum() > 5


def test_a_mixed_view_lies_in_another_strong_view_of_the_batch(
    make_source: Callable[..., OnlineSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hapvr.training.online, "video_in_video", lambda inner, outer, area, generator: outer)
    alone, mixed = (make_source({"video_in_video": chance}).batch(1) for chance in (0, 1))
    first, second = 2, 3
    torch.testing.assert_close(mixed.features[first], alone.features[second], atol=1e-4, rtol=0)
    torch.testing.assert_close(mixed.features[second], alone.features[first], atol=1e-4, rtol=0)
    torch.testing.assert_close(mixed.features[:2], alone.features[:2], atol=1e-4, rtol=0)


def test_both_views_of_a_long_video_come_from_one_stretch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[set[int]] = []
    images = FrameStore.images
    monkeypatch.setattr(
        FrameStore, "images", lambda self, video, frames: read.append({*frames}) or images(self, video, frames)
    )
    train_ = {"pairs": 2, "window": 4, "temporal": still(), "validation_share": 0, "workers": 1}
    project = sampled_project(tmp_path, {"a": 60, "b": 60}, views={"video_in_video": 0}, train=train_)
    source = batch_source(project, 0)
    starts = []
    for number in range(4):
        source.batch(number)
        for weak, strong in zip(read[-4:-2], read[-2:], strict=True):
            assert max(weak | strong) - min(weak | strong) < 8
            starts.append(min(weak))
    assert max(starts) - min(starts) > 8


def test_validation_is_the_same_for_every_seed_with_the_views_of_a_bank(
    make_source: Callable[..., OnlineSource],
) -> None:
    first, second = (make_source(seed=seed, validation_share=0.3).validation() for seed in (0, 1))
    assert first is not None
    assert second is not None
    assert same(first, second)
    assert len(first.sources) == len(split_videos(LENGTHS, 0.3)[1]) * 3
    assert make_source(validation_share=0).validation() is None


def test_only_the_frames_of_the_window_are_decoded(
    make_source: Callable[..., OnlineSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    images = FrameStore.images
    monkeypatch.setattr(
        FrameStore, "images", lambda self, video, frames: read.append(len(frames)) or images(self, video, frames)
    )
    make_source({"video_in_video": 1}, temporal=still(slow_motion=1), window=4, pairs=4).batch(0)
    assert read.count(4) == 4  # weak views
    # Strong views at half speed, and the video around each.
    assert len(read) == 12
    assert sorted(read)[:8] <= [3] * 8


def test_no_frame_is_read_before_a_batch_is_asked_for(
    make_source: Callable[..., OnlineSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(FrameStore, "images", fail)
    monkeypatch.setattr(FrameStore, "__getitem__", fail)
    make_source()


def test_a_frame_shown_twice_is_augmented_once(make_source: Callable[..., OnlineSource]) -> None:
    batch = make_source({"text": 1, "blur": 1, "video_in_video": 0}, temporal=still(slow_motion=1), window=4).batch(0)
    for view in batch.features[2:]:
        assert any(torch.equal(view[place], view[place + 1]) for place in range(3))


def test_an_error_of_a_worker_is_raised_where_the_batch_is_asked_for(
    make_source: Callable[..., OnlineSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("0.h5: a frame of 'video1' cannot be decoded")

    monkeypatch.setattr(hapvr.training.online, "weak", broken)
    with pytest.raises(ValueError, match="a frame of 'video1' cannot be decoded"):
        make_source().batch(0)


def test_too_few_videos_for_a_batch_is_an_error(make_source: Callable[..., OnlineSource]) -> None:
    with pytest.raises(ValueError, match=r"train.pairs: 7 sources per batch, but 6 training videos"):
        make_source(pairs=7, validation_share=0.3)


def test_both_sources_describe_the_same_pixels_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without augmentation, a view of the bank and one made in the step differ by float16 alone."""
    without_augmentation(monkeypatch, hapvr.training.online, hapvr.views.view)
    train_ = {"pairs": 2, "window": 4, "temporal": still(), "validation_share": 0}
    project = sampled_project(tmp_path, dict.fromkeys(LENGTHS, 4), views={"video_in_video": 0}, train=train_)
    online = batch_source(project, 0)
    for shard in project.params.shards:
        views(project, shard)
    bank = {view.source: view for view in read_views(map(project.views_file, project.params.shards), memory_gb=1)}
    batch = online.batch(0)
    for row, seen in enumerate(batch.sources):
        view = bank[next(iter(seen))]
        # Each video has four frames: a window is all of them, from any on.
        starts = [(np.arange(4) + start) % 4 for start in range(4)]
        nearest = min(starts, key=lambda order: float(abs(batch.features[row].numpy() - view.features[order]).max()))
        np.testing.assert_allclose(batch.features[row], view.features[nearest], atol=2e-3)
        np.testing.assert_allclose(batch.teacher[row], view.teacher[nearest], atol=2e-3)


def test_two_trainings_from_frames_give_the_same_bytes(tmp_path: Path) -> None:
    def weights(workers: int) -> bytes:
        project: Project = sampled_project(
            tmp_path, LENGTHS, views={}, train={"pairs": 2, "window": 8, "steps": 2, "workers": workers}
        )
        train(project, "hapvr", 0)
        return (project.model_folder("hapvr", "0") / "weights.safetensors").read_bytes()

    assert weights(1) == weights(3)


def test_a_run_with_a_training_set_of_its_own_learns_from_its_videos(tmp_path: Path) -> None:
    sizes: dict[str, Any] = {"pairs": 2, "window": 8, "steps": 2, "workers": 1, "validation_share": 0}
    project = sampled_project(tmp_path, LENGTHS, views={}, train=sizes)
    own = [f"other{number}" for number in range(4)]
    videos = {video: f"videos/{video}.mp4" for video in own}
    write_dataset(project.dataset_file("other"), Dataset(name="other", videos=videos, training=own))
    for shard in project.params.shards:
        write_frames(project.frames_file("other", shard), [frames_of(video, 10) for video in own[shard::2]])
    content = yaml.safe_load((tmp_path / "params.yaml").read_text(encoding="utf-8"))
    content["datasets"].append("other")
    content["fetch"]["other"] = content["fetch"]["mini_vcdb"]
    content["runs"]["hapvr"]["training_set"] = "other"
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    project = Project(tmp_path)
    for run, expected in (("hapvr", own), ("s2vs", LENGTHS)):
        source = batch_source(project, 0, run=run)
        batches = [source.batch(number) for number in range(len(expected) // 2)]
        assert {video for batch in batches for seen in batch.sources for video in seen} == {*expected}
