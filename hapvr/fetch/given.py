"""Frames and features of a published dataset that others made: what is there, and a record of it for DVC.

DVC keeps the record alone: it would copy the files, hundreds of gigabytes, into its cache.
"""

import sys
from collections.abc import Container
from pathlib import Path

from hapvr.datasets.dataset import Dataset
from hapvr.fetch.registered import fetch_registered
from hapvr.fetch.registry import Registry
from hapvr.storage.files import write_json, write_text
from hapvr.storage.resume import file_sha256
from hapvr.video.picture_folder import picture_files


def find_frames(folder: Path) -> list[str]:
    """Ids of the videos that have a folder in `folder`. Raises ValueError without any."""
    found = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    if not found:
        raise ValueError(
            f"{folder}: expected a folder of JPEG files per video, named by its id, found none; put them there, or "
            "name another folder under fetch.<dataset>.frames_folder in params.yaml"
        )
    return found


def record_frames(dataset: Dataset, folder: Path, record: Path) -> None:
    """Writes how many frames each video of the dataset has, and their size. Raises ValueError if none has any."""
    lines = []
    for video in sorted(dataset.videos):
        files = picture_files(folder / video)
        if files:
            lines.append(f"{video},{len(files)},{sum(file.lstat().st_size for file in files)}\n")
    if not lines:
        raise ValueError(
            f"{dataset.name}: none of its {len(dataset.videos):,} videos has frames in {folder}; a folder is named by "
            f"its video id, such as {next(iter(dataset.videos))}, and holds JPEG files"
        )
    report_missing(dataset, len(lines), "frames")
    write_text(record, "".join(["video,frames,bytes\n", *lines]))


def fetch_features(dataset: str, target: Path, *, mirror: str | None, registry: Registry) -> str:
    """Fetches the published features of a dataset, resuming, and gives their SHA-256.

    Recorded the first time, insisted on afterwards. Raises ValueError where nobody publishes any, and DownloadError.
    """
    rows = registry.of(dataset, "features")
    if not rows:
        raise ValueError(
            f"fetch.{dataset}.features_file: no published features of {dataset} are known; name a file, or take "
            "another way"
        )
    return fetch_registered(rows[0], target, registry=registry, mirror=mirror)


def record_features(dataset: Dataset, path: Path, record: Path, *, sha256: str | None, present: Container[str]) -> None:
    """Writes size and SHA-256 of a file of features. present: ids in it. sha256: None: it is found.

    Raises ValueError if none of the dataset's videos is in the file.
    """
    found = sum(video in present for video in dataset.videos)
    if not found:
        raise ValueError(
            f"{path}: has none of the {len(dataset.videos):,} videos of {dataset.name}; is it of another one?"
        )
    report_missing(dataset, found, "features")
    content = {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256 or file_sha256(path), "videos": found}
    write_json(record, content)


def report_missing(dataset: Dataset, found: int, what: str) -> None:
    """Says on standard error how many videos come without."""
    missing = len(dataset.videos) - found
    if missing:
        print(
            f"{dataset.name}: {missing:,} of {len(dataset.videos):,} videos have no {what} and count as never found in "
            "the strict metrics",
            file=sys.stderr,
        )
