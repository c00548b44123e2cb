"""Frames that were sampled elsewhere: taken in as those of a video are, and trusted as little."""

import os
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from hapvr.project import Project
from hapvr.stages.fetch import fetch
from hapvr.stages.frames import frames
from hapvr.storage.frames import read_frames
from hapvr.video.failures import read_failures
from hapvr.video.picture_folder import picture_files
from tests.fetch.tables import blank_registry

ROOT = Path(__file__).parents[2]
RESIZE, SIZE, FPS = 36, 32, 2
PAIRS = "whole gaps 1\nwhole tiny 0\nwhole empty 1\nwhole large 1\nwhole absent 1\nwhole outside 1\nwhole many 1\n"


def write_picture(path: Path, shade: int, *, width: int = 64, height: int = 48, kind: str = "JPEG") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (width, height), (shade, shade, shade)).save(path, kind, quality=95)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A benchmark in SVD's format with a folder of frames for each video, whole or not."""
    content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))
    section = {"source": "upstream", "way": "frames", "videos": "none", "frames_folder": "frames"}
    section |= {"pattern": "{id}.*", "keep": True, "download": None, "features_file": None}
    content["fetch"]["svd"] = section | {"annotations": "annotations", "mirror": None}
    content["datasets"].append("svd")
    content["frames"] |= {"fps": FPS, "resize": RESIZE, "size": SIZE, "minimum_s": 1}
    content["frames"]["limits"] |= {"side": 128, "duration_s": 6}
    content["shards"] = content["views"]["shards"] = [0]
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    blank_registry(tmp_path)
    (tmp_path / "annotations").mkdir()
    (tmp_path / "annotations" / "svd_test_groundtruth.txt").write_text(PAIRS)
    (tmp_path / "annotations" / "svd_unlabelled_ids.txt").write_text("\n")

    folder = tmp_path / "frames"
    for number in range(12):
        write_picture(folder / "whole" / f"frame_{number}.jpg", 20 * number)
    for number in (0, 1, 2, 5):
        write_picture(folder / "gaps" / f"{number:05}.jpg", 50)
    whole = (folder / "gaps" / "00005.jpg").read_bytes()
    (folder / "gaps" / "00003.jpg").write_bytes(whole[: len(whole) // 2])
    write_picture(folder / "gaps" / "00004.jpg", 50, kind="PNG")
    (folder / "gaps" / "notes.txt").write_text("not a picture")
    write_picture(folder / "tiny" / "0.jpg", 1)
    (folder / "tiny" / "1.jpg").write_bytes(b"no picture")
    (folder / "empty").mkdir()
    for number in range(3):
        write_picture(folder / "large" / f"{number}.jpg", 1, width=200)
        write_picture(tmp_path / "elsewhere" / f"{number}.jpg", 1)
    (folder / "outside").symlink_to(tmp_path / "elsewhere")
    for number in range(13):
        write_picture(folder / "many" / f"{number}.jpg", 1)
    return Project(tmp_path)


def test_names_are_ordered_by_their_numbers(project: Project) -> None:
    names = [file.name for file in picture_files(project.root / "frames" / "whole")]
    assert names == [f"frame_{number}.jpg" for number in range(12)]
    assert picture_files(project.root / "frames" / "nowhere") == []


def test_frames_are_stored_as_those_of_a_video_and_nothing_is_lost_in_silence(project: Project) -> None:
    fetch(project, "svd")
    assert not (project.dataset_folder("svd") / "videos").exists()
    record = project.frames_record("svd").read_text(encoding="utf-8").splitlines()
    assert record[0] == "video,frames,bytes"
    counts = ["gaps,6", "large,3", "many,13", "outside,3", "tiny,2", "whole,12"]
    assert [line.rpartition(",")[0] for line in record[1:]] == counts
    frames(project, "svd", 0)
    stored = {video.video_id: video for video in read_frames(project.frames_file("svd", 0))}
    assert stored.keys() == {"whole", "gaps"}
    whole = stored["whole"].images()
    assert whole.shape == (12, SIZE, SIZE, 3)
    assert np.abs(whole.mean((1, 2, 3)) - 20 * np.arange(12)).max() < 2
    assert stored["whole"].timestamps.tolist() == [number / FPS for number in range(12)]
    # A frame keeps its time when those before it are broken.
    assert stored["gaps"].indices.tolist() == [0, 1, 2, 5]
    assert stored["gaps"].decoder.startswith("pillow ")
    reasons = {row.video: (row.reason, row.seconds_salvaged) for row in read_failures(project.failures_file("svd", 0))}
    assert reasons.keys() == {"gaps", "tiny", "empty", "large", "absent", "outside", "many"}
    assert reasons["gaps"][0].startswith("2 of 6 pictures cannot be read, first 00003.jpg: ")
    assert reasons["gaps"][1] == 2
    assert [reasons[video][1] for video in ("tiny", "empty", "large", "absent", "outside", "many")] == [0] * 6
    assert "pictures of 200 × 48 pixels, more than the limit of 128 a side" in reasons["large"][0]
    assert reasons["empty"][0].startswith("no pictures (.jpg, .jpeg)")
    assert reasons["absent"][0] == "no such folder of frames"
    assert reasons["outside"][0] == "refused: lies outside of the folder of frames"
    assert reasons["many"][0] == "13 pictures, more than the limit of 12"


def test_again_the_bytes_are_the_same(project: Project) -> None:
    fetch(project, "svd")
    frames(project, "svd", 0)
    before = project.frames_file("svd", 0).read_bytes()
    frames(project, "svd", 0)
    assert project.frames_file("svd", 0).read_bytes() == before


def test_a_pipe_and_a_link_in_the_place_of_a_picture_are_not_opened(project: Project) -> None:
    folder = project.root / "frames" / "gaps"
    (folder / "00003.jpg").unlink()
    os.mkfifo(folder / "00003.jpg")
    (folder / "00004.jpg").unlink()
    (folder / "00004.jpg").symlink_to(project.root / "elsewhere" / "0.jpg")
    fetch(project, "svd")
    frames(project, "svd", 0)
    reason = next(row.reason for row in read_failures(project.failures_file("svd", 0)) if row.video == "gaps")
    assert reason == "2 of 6 pictures cannot be read, first 00003.jpg: not a regular file"


def test_a_folder_without_frames_says_what_to_put_there(project: Project) -> None:
    (project.root / "frames").rename(project.root / "others")
    with pytest.raises(ValueError, match=r"frames: expected a folder of JPEG files per video, .* found none; put them"):
        fetch(project, "svd")
    (project.root / "frames" / "other video").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"svd: none of its 8 videos has frames in .*frames; a folder is named by"):
        fetch(project, "svd")
    assert not project.dataset_file("svd").exists()
