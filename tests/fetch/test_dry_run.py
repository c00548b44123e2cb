"""`hapvr fetch DATASET --dry-run`, which asks nobody."""

from pathlib import Path
from typing import Any

import pytest

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.fetch.dry_run import plan_fetching
from hapvr.fetch.videos.memory import DELETED, Memory
from tests.fetch.test_upstream import make_project, make_videos
from tests.fetch.videos.pages import DOWNLOAD

YOUTUBE = {**DOWNLOAD, "url": "http://127.0.0.1:1/{id}", "requests_per_s": 2}


def rows(folder: Path, dataset: str, **section: Any) -> dict[str, str]:
    lines = plan_fetching(make_project(folder, dataset, **section), dataset).splitlines()
    return dict(line.split("  ", 1) for line in lines[2:])


def test_before_anything_is_here_the_published_numbers_are_said(tmp_path: Path) -> None:
    found = rows(tmp_path, "fivr_200k", download=YOUTUBE)
    assert "would be fetched" in found["annotations"]
    assert found["videos"].strip() == "225,960"
    # 225,960 videos of four requests, two each second; 406 GB of features in proportion to EVVE's 9 GB and 166 hours.
    assert "225,960, about 1.0 TB, 7,488 hours of video; at least 125.5 hours of fetching" in found["to fetch"]
    assert found["here"].strip().startswith("0, 0.0 GB, in ")
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "my videos").exists()


def test_what_is_here_and_what_is_known_to_be_missing_is_not_fetched(tmp_path: Path) -> None:
    folder = tmp_path / "my videos"
    make_videos(folder, "a.mp4", "not asked.mp4")
    memory = Memory(folder, "evve-0")
    for video, what in {"b": "gone", "c": "network", "d": "other: who knows", "e": DELETED}.items():
        memory.add(video, what)
    project = make_project(tmp_path, "evve", download=YOUTUBE)
    videos = {video: f"links/{video}" for video in "abcdef"}
    write_dataset(project.dataset_file("evve"), Dataset(name="evve", videos=videos))
    found = rows(tmp_path, "evve", download=YOUTUBE, keep=False)
    assert found["videos"].strip() == "6"
    assert found["here"].strip().startswith("1, 0.0 GB")
    assert found["known to be missing"].strip() == ("1 gone, 1 network, 1 other")
    assert found["to fetch"].strip().startswith("4, about")
    assert "keep is false" in found["disk"]


def test_nothing_is_fetched_without_a_download_or_of_a_rendered_dataset(tmp_path: Path) -> None:
    project = make_project(tmp_path, "vcdb", annotations="my videos")
    assert "nothing: fetch.*.download is empty; 100,528 missing videos" in plan_fetching(project, "vcdb")
    assert plan_fetching(project, "mini_fivr") == "mini_fivr: rendered here; there is nothing to fetch"
    with pytest.raises(ValueError, match=r"dataset 'fivr': not in fetch of params\.yaml"):
        plan_fetching(project, "fivr")
