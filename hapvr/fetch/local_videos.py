"""The user's folder of videos of a published dataset."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from hapvr.datasets.dataset import Dataset
from hapvr.storage.files import write_text
from hapvr.video import SUFFIXES


def find_videos(folder: Path) -> dict[str, Path]:
    """video id (file name without extension) → file, from the folder and the folders in it.

    Raises ValueError for a folder that is absent or holds no video.
    """
    advice = (
        "put the dataset's videos there, each named by its video id (such as 1MuBD439BY4.mp4), or name another "
        "folder under fetch.<dataset>.videos in params.yaml"
    )
    if not folder.is_dir():
        raise ValueError(f"{folder}: expected a folder of videos, found none; {advice}")
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES and path.is_file()]
    if not files:
        raise ValueError(f"{folder}: expected videos ({', '.join(SUFFIXES)}), found none; {advice}")
    files.sort(key=lambda path: SUFFIXES.index(path.suffix.lower()), reverse=True)
    return {path.stem: path for path in files}


def link_videos(dataset: Dataset, found: Mapping[str, Path], folder: Path) -> Dataset:
    """Links the videos that were found into `folder/links`, and returns the dataset with their paths.

    `folder/videos`, which DVC tracks, holds only `videos.csv`, the size of each: DVC would copy the videos
    themselves, terabytes, into its cache. Those that were not found stay in the dataset, so that they count as
    missing; `folder/missing_videos.txt` lists them. Raises ValueError if none of the dataset's videos was found.
    """
    present = {video: found[video] for video in dataset.videos if video in found}
    if not present:
        example = next(iter(dataset.videos))
        raise ValueError(
            f"{dataset.name}: none of its {len(dataset.videos):,} videos is among the {len(found):,} files found; "
            f"a file is named by its video id, such as {example}.mp4"
        )
    paths = dict(dataset.videos)
    sizes = ["video,bytes\n"]
    (folder / "links").mkdir(parents=True, exist_ok=True)
    for video, path in present.items():
        paths[video] = f"links/{video}{path.suffix.lower()}"
        sizes.append(f"{video},{path.stat().st_size}\n")
        _link(path.resolve(), folder / paths[video])
    write_text(folder / "videos" / "videos.csv", "".join(sizes))
    _report_missing(dataset, [video for video in dataset.videos if video not in present], folder)
    return dataset.model_copy(update={"videos": paths})


def _report_missing(dataset: Dataset, missing: list[str], folder: Path) -> None:
    write_text(folder / "missing_videos.txt", "".join(f"{video}\n" for video in missing))
    if missing:
        print(
            f"{dataset.name}: {len(missing):,} of {len(dataset.videos):,} videos are missing and count as never found "
            f"in the strict metrics; see {folder / 'missing_videos.txt'}",
            file=sys.stderr,
        )


def _link(source: Path, link: Path) -> None:
    if link.is_symlink() and Path(os.readlink(link)) == source:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(source)
