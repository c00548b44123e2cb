"""A benchmark that comes as published features: real annotation, small file, metrics, and no video."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml

import hapvr.fetch.download
from hapvr.datasets.dataset import read_dataset
from hapvr.fetch.registry import Registry
from hapvr.import_weights import import_weights
from hapvr.params.preset import as_text, read_preset
from hapvr.project import Project
from hapvr.stages.adopt import adopt
from hapvr.stages.evaluate import evaluate
from hapvr.stages.features import features
from hapvr.stages.fetch import fetch
from hapvr.stages.freeze import freeze
from hapvr.stages.score import score
from hapvr.storage.features import FeatureStore
from hapvr.video.failures import read_failures
from tests.fetch.checkpoints import network_state, saved
from tests.fetch.server import Site, serve
from tests.fetch.tables import blank_registry

ROOT = Path(__file__).parents[2]
DIMS, RUN = 32, "s2vs_published"


def make_project(root: Path, annotations: Path, **evve: Any) -> Project:
    """The preset with features as narrow as golden weights are."""
    content = yaml.safe_load(as_text(read_preset(ROOT / "presets", "published")))
    content["fetch"]["evve"] |= {"annotations": str(annotations), **evve}
    content["whiten"]["dims"], content["shards"], content["evaluate"]["resamples"] = DIMS, [0, 1], 20
    content["score"] |= {"memory_gb": 1, "threads": 1}
    (root / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    blank_registry(root)
    return Project(root)


def write_features(path: Path, videos: list[str]) -> dict[str, np.ndarray]:
    """As published: gzip float32, and a video that is not finite."""
    rng = np.random.default_rng(0)
    made = {video: rng.standard_normal((4 + number % 5, 9, DIMS), np.float32) for number, video in enumerate(videos)}
    made[videos[-1]][0, 0, 0] = np.nan
    with h5py.File(path, "w") as file:
        for video, array in made.items():
            file.create_dataset(video, data=array, compression="gzip")
    return made


@pytest.fixture(scope="module")
def annotations(shared: Path) -> Path:
    return shared / "annotations"


@pytest.fixture
def videos(annotations: Path) -> list[str]:
    """Two queries of the first event, and six of its positives."""
    from hapvr.datasets import READERS

    evve = READERS["evve"](annotations)
    queries = next(iter(evve.groups.values()))[:2]
    relevant = sorted({video for query in queries for found in evve.relevance[query].values() for video in found})
    return [*queries, *relevant[:6]]


@pytest.fixture
def site(tmp_path: Path, videos: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Serves the features, the first time half of them."""
    monkeypatch.setattr(hapvr.fetch.download.time, "sleep", lambda _: None)
    write_features(tmp_path / "made.hdf5", videos)
    content = (tmp_path / "made.hdf5").read_bytes()
    with serve(Site({"/evve.hdf5": content}, cut_after=[len(content) // 2])) as running:
        yield running


def test_published_features_and_weights_give_metrics_and_missing_videos_count(
    tmp_path: Path, annotations: Path, site: Site, videos: list[str]
) -> None:
    project = make_project(tmp_path, annotations, mirror=site.address)
    fetch(project, "evve")
    # The download went on where it was cut.
    assert [bool(asked) for _, asked in site.requests] == [False, True]
    folder = project.dataset_folder("evve")
    record = json.loads((folder / "features.json").read_text(encoding="utf-8"))
    assert (record["file"], record["videos"]) == ("evve.hdf5", len(videos))
    assert Registry(project.registry_file).named("evve.hdf5").sha256 == record["sha256"]
    assert not (folder / "videos").exists()
    dataset = read_dataset(project.dataset_file("evve"))
    assert (len(dataset.queries), len(dataset.database)) == (620, 2373)

    for shard in project.params.shards:
        features(project, "evve", shard)
    store = FeatureStore(project.features_files("evve"))
    assert sorted(store) == sorted(videos[:-1])
    failures = [row for shard in project.params.shards for row in read_failures(project.failures_file("evve", shard))]
    assert len(failures) == len(dataset.videos) - len(videos) + 1
    assert {row.video for row in failures if row.reason.startswith("not finite")} == {videos[-1]}

    import_weights(project, saved(tmp_path / "s2vs.pth", {"model": network_state()}), RUN)
    adopt(project, RUN)
    freeze(project, "mean_pool", "frozen")
    for run in (RUN, "mean_pool"):
        score(project, run, "evve")
        evaluate(project, run, "evve")
    summary = json.loads((project.reports / "metrics" / "evve" / f"{RUN}.json").read_text(encoding="utf-8"))
    assert summary["missing"]["queries"] == 618
    assert summary["missing"]["database"] > 2360
    assert summary["EVVR"]["mAP_strict"] < summary["EVVR"]["mAP"]


def test_a_second_fetch_asks_nothing_and_a_changed_file_is_refused(
    tmp_path: Path, annotations: Path, site: Site
) -> None:
    project = make_project(tmp_path, annotations, mirror=site.address)
    fetch(project, "evve")
    before = {name: (project.dataset_folder("evve") / name).read_bytes() for name in ("features.json", "dataset.json")}
    asked = len(site.requests)
    fetch(project, "evve")
    assert {name: (project.dataset_folder("evve") / name).read_bytes() for name in before} == before
    assert len(site.requests) == asked
    project.published_features("evve").unlink()
    with pytest.raises(FileNotFoundError, match=r"evve\.hdf5: no such file, but .*features\.json has it on record"):
        features(project, "evve", 0)
    site.files["/evve.hdf5"] = site.files["/evve.hdf5"][:-8] + b"12345678"
    with pytest.raises(OSError, match=r"the SHA-256 of evve\.hdf5 is .*, expected .* as recorded"):
        fetch(project, "evve")


def test_ones_own_file_is_read_in_place(tmp_path: Path, annotations: Path, videos: list[str]) -> None:
    made = write_features(tmp_path / "own.hdf5", videos)
    project = make_project(tmp_path, annotations, features_file="own.hdf5")
    fetch(project, "evve")
    assert not (project.dataset_folder("evve") / "published").exists()
    for shard in project.params.shards:
        features(project, "evve", shard)
    store = FeatureStore(project.features_files("evve"))
    for video in videos[:-1]:
        assert np.array_equal(store[video], made[video].astype(np.float16).astype(np.float32))
    with (tmp_path / "own.hdf5").open("ab") as file:
        file.write(b"more")
    with pytest.raises(ValueError, match=r"own\.hdf5: .* bytes, expected .* as in .*features\.json; it was replaced"):
        features(project, "evve", 0)


def test_the_features_of_another_dataset_are_refused(tmp_path: Path, annotations: Path) -> None:
    write_features(tmp_path / "own.hdf5", ["a", "b"])
    project = make_project(tmp_path, annotations, features_file="own.hdf5")
    with pytest.raises(ValueError, match=r"own\.hdf5: has none of the .* videos of evve; is it of another one"):
        fetch(project, "evve")
    assert not project.dataset_file("evve").exists()
