from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save_file

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.features.whitening import Whitening
from hapvr.project import Project
from hapvr.stages.views import views
from hapvr.storage.frames import write_frames
from hapvr.storage.views import View, read_views
from tests.features.seeded_weights import dino_names
from tests.training.sampled import frames_of

ROOT = Path(__file__).parents[2]
DIMS = 8
LENGTHS = {"a": 3, "b": 4, "c": 2, "labelled": 3}


@pytest.fixture
def make_project(tmp_path: Path) -> Callable[..., Project]:
    """Makes a project with sampled frames of three training videos and a labelled one, all in shard 0."""

    def make(training: list[str], **changes: Any) -> Project:
        content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))
        content["teacher"] |= changes.pop("teacher", {})
        content["views"] |= {"weak": 1, "strong": 2} | changes
        content["features"]["threads"] = 1
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        project = Project(tmp_path)
        name = project.params.training_set
        write_dataset(
            project.dataset_file(name),
            Dataset(name=name, videos={video: f"videos/{video}.mp4" for video in LENGTHS}, training=training),
        )
        write_frames(project.frames_file(name, 0), [frames_of(*item, side=64) for item in LENGTHS.items()])
        vectors = torch.randn((600, 496), generator=torch.Generator().manual_seed(0))
        project.whitening_file(project.params.backbone).parent.mkdir(parents=True, exist_ok=True)
        Whitening.fit(vectors, DIMS).save(project.whitening_file(project.params.backbone))
        return project

    return make


def bank(project: Project) -> dict[tuple[str, str, int], View]:
    views(project, 0)
    return {(view.source, view.kind, view.number): view for view in read_views([project.views_file(0)], memory_gb=1)}


def test_every_training_video_has_its_weak_and_strong_views(make_project: Callable[..., Project]) -> None:
    found = bank(make_project(["a", "b", "c"]))
    kinds = [("strong", 0), ("strong", 1), ("weak", 0)]
    assert sorted(found) == [(source, *kind) for source in ("a", "b", "c") for kind in kinds]
    for (source, _, _), view in found.items():
        assert view.features.shape == (LENGTHS[source], 9, DIMS)
        assert view.teacher.shape == (LENGTHS[source], 1280)
        assert np.linalg.norm(view.features.astype(np.float32), axis=-1) == pytest.approx(1, abs=0.01)
    assert not np.array_equal(found["a", "strong", 0].features, found["a", "strong", 1].features)


def test_the_teacher_of_the_parameters_describes_the_views(
    make_project: Callable[..., Project], tmp_path: Path
) -> None:
    save_file(dino_names(), tmp_path / "dino.safetensors")
    expected = bank(make_project(["a"]))
    dino = {"name": "dino_vits16", "weights": "dino.safetensors"}
    trained, raw = (bank(make_project(["a"], teacher=dino | {"raw_pixels": raw})) for raw in (False, True))
    for key, view in expected.items():
        np.testing.assert_array_equal(trained[key].features, view.features)
        assert trained[key].teacher.shape == (LENGTHS["a"], 384)
        assert np.linalg.norm(trained[key].teacher.astype(np.float32), axis=-1) == pytest.approx(1, abs=0.01)
        assert not np.allclose(trained[key].teacher, raw[key].teacher, atol=0.01)


def test_two_extractions_give_the_same_bytes(make_project: Callable[..., Project]) -> None:
    project = make_project(["a", "b"])
    views(project, 0)
    first = project.views_file(0).read_bytes()
    views(project, 0)
    assert project.views_file(0).read_bytes() == first


def test_a_view_does_not_depend_on_the_other_videos_unless_it_shows_one(make_project: Callable[..., Project]) -> None:
    alone = bank(make_project(["b"], video_in_video=0))
    together = bank(make_project(["a", "b", "c"], video_in_video=0))
    for key, view in alone.items():
        # Other views share the backbone's batch, which may change the last bit of a float16.
        np.testing.assert_allclose(view.features, together[key].features, atol=2e-3)


def test_more_views_leave_the_others_as_they_were(make_project: Callable[..., Project]) -> None:
    few, many = (bank(make_project(["a"], strong=strong)) for strong in (1, 3))
    np.testing.assert_allclose(few["a", "strong", 0].features, many["a", "strong", 0].features, atol=2e-3)


def test_the_seed_changes_every_view(make_project: Callable[..., Project]) -> None:
    first, second = (bank(make_project(["a"], seed=seed)) for seed in (0, 1))
    assert not any(np.allclose(first[key].features, second[key].features, atol=2e-3) for key in first)


def test_strong_views_are_mixed_with_another_training_video_as_often_as_asked(
    make_project: Callable[..., Project],
) -> None:
    always = bank(make_project(["a", "b", "c"], video_in_video=1))
    for (source, kind, _), view in always.items():
        partners = {"a", "b", "c"} - {source} if kind == "strong" else {""}
        assert view.mixed in partners
    assert all(view.mixed == "" for view in bank(make_project(["a", "b", "c"], video_in_video=0)).values())


def test_mixing_changes_what_is_seen(make_project: Callable[..., Project]) -> None:
    plain, mixed = (bank(make_project(["a", "b"], video_in_video=chance)) for chance in (0, 1))
    assert not np.allclose(plain["a", "strong", 0].features, mixed["a", "strong", 0].features, atol=0.05)
    small, large = (bank(make_project(["a", "b"], video_in_video=1, area=[area, area])) for area in (0.1, 0.9))

    def likeness(views_: dict[tuple[str, str, int], View]) -> float:
        return float((views_["a", "strong", 0].teacher * plain["a", "strong", 0].teacher).sum(-1).mean())

    assert likeness(large) > likeness(small)


def test_a_video_alone_in_its_shard_is_not_mixed(make_project: Callable[..., Project]) -> None:
    assert all(view.mixed == "" for view in bank(make_project(["a"], video_in_video=1)).values())
