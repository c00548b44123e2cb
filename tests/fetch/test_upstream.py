"""A published dataset from a stand-in server and a folder of videos."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from hapvr.datasets.dataset import read_dataset
from hapvr.fetch.download import DownloadError
from hapvr.fetch.registry import Registry
from hapvr.project import Project
from hapvr.stages.fetch import fetch
from hapvr.stages.videos import videos
from tests.fetch.server import Site, serve
from tests.fetch.tables import blank_registry

ROOT = Path(__file__).parents[2]
ANNOTATION = b"q1.mp4 c1.mp4 1\nq1.mp4 c2.mp4 0\nq2.mp4 c3.mp4 1\n"
SITE = {"/svd_test_groundtruth.txt": ANNOTATION, "/svd_unlabelled_ids.txt": b"u1.mp4\nu2.mp4\n"}


def make_project(folder: Path, dataset: str, **changes: Any) -> Project:
    content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text())
    content["fetch"][dataset] = {
        "source": "upstream", "way": "videos", "videos": "my videos", "pattern": "{id}.*", "keep": True,
        "download": None, "frames_folder": None, "features_file": None, "annotations": None, "mirror": None, **changes,
    }  # fmt: skip
    content["datasets"].append(dataset)
    (folder / "params.yaml").write_text(yaml.safe_dump(content))
    blank_registry(folder)
    return Project(folder)


def recorded_names(project: Project) -> list[str]:
    return [row.name for row in Registry(project.registry_file).rows() if row.sha256]


def make_videos(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def test_dataset_is_written_and_videos_are_linked_by_id(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_videos(tmp_path / "my videos", "q1.mp4", "deep/c1.WEBM", "c1.info.json", "u2.mkv", "u2.mp4", "other.mp4")
    with serve(Site(SITE)) as site:
        project = make_project(tmp_path, "svd", mirror=site.address)
        fetch(project, "svd")
    assert "svd: 7 videos, 3 of them are in" in capsys.readouterr().err
    for shard in project.params.shards:
        videos(project, "svd", shard)
    dataset = read_dataset(project.dataset_file("svd"))
    assert dataset.candidates == {"q1": ["c1", "c2"], "q2": ["c3"]}
    assert dataset.distractors == ["u1", "u2"]
    assert dataset.videos["c1"] == "links/c1"
    assert (project.dataset_folder("svd") / "links" / "c1").read_bytes() == b"deep/c1.WEBM"
    assert (project.dataset_folder("svd") / "links" / "u2").read_bytes() == b"u2.mp4"
    assert sorted(path.name for path in (project.dataset_folder("svd") / "links").iterdir()) == ["c1", "q1", "u2"]
    # DVC copies what it tracks, so it sees the sizes only.
    tracked = project.dataset_folder("svd") / "videos"
    assert sorted(path.name for path in tracked.iterdir()) == ["0.csv", "1.csv"]
    assert (tracked / "0.csv").read_text() == "video,bytes,reason\nc1,12,\nc3,,absent\nq2,,absent\nu2,6,\n"
    # What is missing stays in the ground truth.
    assert dataset.videos["q2"] == "links/q2"
    table = (project.dataset_folder("svd") / "annotations.csv").read_text().splitlines()
    assert table[1] == f"svd_test_groundtruth.txt,{len(ANNOTATION)},{hashlib.sha256(ANNOTATION).hexdigest()}"


def test_second_fetch_asks_nothing_and_changes_nothing(tmp_path: Path) -> None:
    make_videos(tmp_path / "my videos", "q1.mp4")
    with serve(Site(SITE)) as site:
        project = make_project(tmp_path, "svd", mirror=site.address)
        fetch(project, "svd")
        before = project.dataset_file("svd").read_bytes()
        # DVC empties a stage's outputs before it runs again.
        (project.dataset_folder("svd") / "annotations.csv").unlink()
        project.dataset_file("svd").unlink()
        fetch(project, "svd")
    assert project.dataset_file("svd").read_bytes() == before
    assert len(site.requests) == 2


def test_annotation_that_changed_since_the_first_fetch_is_refused(tmp_path: Path) -> None:
    make_videos(tmp_path / "my videos", "q1.mp4")
    with serve(Site(dict(SITE))) as site:
        project = make_project(tmp_path, "svd", mirror=site.address)
        fetch(project, "svd")
        recorded = project.registry_file.read_bytes()
        assert recorded_names(project) == ["svd_test_groundtruth.txt", "svd_unlabelled_ids.txt"]
        shutil.rmtree(project.dataset_folder("svd"))
        site.files["/svd_test_groundtruth.txt"] = ANNOTATION.replace(b"0", b"1")
        with pytest.raises(DownloadError, match=r"as recorded in registry\.csv"):
            fetch(project, "svd")
    assert project.registry_file.read_bytes() == recorded
    assert not project.dataset_file("svd").exists()


@pytest.mark.parametrize("names", [[], ["holiday.mp4"]])
def test_annotations_are_fetched_before_any_video_is_there(
    tmp_path: Path, names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    make_videos(tmp_path / "my videos", *names)
    with serve(Site(SITE)) as site:
        project = make_project(tmp_path, "svd", mirror=site.address)
        fetch(project, "svd")
    assert len(read_dataset(project.dataset_file("svd")).videos) == 7
    said = capsys.readouterr().err
    assert "svd: 7 videos, 0 of them are in" in said
    assert "7 are missing: put them there, named {id}.*" in said


def test_annotations_may_come_from_a_folder(tmp_path: Path) -> None:
    make_videos(tmp_path / "my videos", "q1.mp4")
    for name, content in SITE.items():
        (tmp_path / name[1:]).write_bytes(content)
    project = make_project(tmp_path, "svd", annotations=".")
    fetch(project, "svd")
    assert read_dataset(project.dataset_file("svd")).queries == ["q1", "q2"]
    assert recorded_names(project) == ["svd_test_groundtruth.txt", "svd_unlabelled_ids.txt"]


def test_other_videos_of_vcdb_are_for_training(tmp_path: Path) -> None:
    make_videos(tmp_path / "my videos", "core_dataset/topic/a.flv", "background_dataset/0/z.flv")
    make_videos(tmp_path / "my videos" / "annotation", "topic.txt")
    (tmp_path / "my videos" / "annotation" / "topic.txt").write_text("a.flv,b.flv,0,1,2,3\n")
    project = make_project(tmp_path, "vcdb", annotations="my videos")
    fetch(project, "vcdb")
    dataset = read_dataset(project.dataset_file("vcdb"))
    assert (dataset.queries, dataset.training) == (["a", "b"], ["z"])
    assert dataset.videos["z"] == "links/z"
    table = (project.dataset_folder("vcdb") / "annotations.csv").read_text().splitlines()
    assert [row.split(",")[:2] for row in table] == [["name", "bytes"], ["topic.txt", "20"]]


def test_vcdb_without_its_annotation_says_so(tmp_path: Path) -> None:
    make_videos(tmp_path / "my videos", "a.flv")
    with pytest.raises(
        ValueError, match=r"fetch\.vcdb\.annotations: the annotation of vcdb is published only together"
    ):
        fetch(make_project(tmp_path, "vcdb"), "vcdb")


def test_unknown_dataset_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError, match=r"fetch\.fivr: no published dataset of that name; accepted: cc_web_video, dns"
    ):
        fetch(make_project(tmp_path, "fivr"), "fivr")
