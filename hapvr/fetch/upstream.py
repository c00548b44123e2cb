"""Published datasets: annotations from their sources, videos from the user's folder."""

import inspect
import shutil
from collections.abc import Iterable
from pathlib import Path

from hapvr.datasets import READERS
from hapvr.datasets.dataset import Dataset
from hapvr.fetch.local_videos import find_videos, link_videos
from hapvr.fetch.registered import fetch_registered
from hapvr.fetch.registry import Registry


def fetch_upstream(
    dataset: str, folder: Path, *, videos: Path, annotations: Path | None, mirror: str | None, registry: Registry
) -> Dataset:
    """Links the videos of a published dataset into `folder/links`, and gives its content.

    videos: the user's folder. annotations: folder of the annotation files; None: from `mirror`, or their sources. They
    are kept in `folder/annotations`, which DVC does not empty, and must have the SHA-256 in `registry`.
    Raises ValueError for an unknown dataset and for videos or annotations that are not there, and DownloadError.
    """
    check_published(dataset)
    # Looked for first: nobody should download annotations to learn that the videos are elsewhere.
    found = find_videos(videos)
    annotations = place_annotations(dataset, folder, annotations, mirror=mirror, registry=registry)
    return link_videos(read_annotations(dataset, annotations, found), found, folder)


def check_published(dataset: str) -> None:
    """Raises ValueError for a name that no published dataset has."""
    if dataset not in READERS:
        raise ValueError(f"fetch.{dataset}: no published dataset of that name; accepted: {', '.join(sorted(READERS))}")


def place_annotations(
    dataset: str, folder: Path, annotations: Path | None, *, mirror: str | None, registry: Registry
) -> Path:
    """The folder of the annotation files, fetched or copied into `folder/annotations` and checked."""
    if annotations is None:
        return _fetch_annotations(dataset, folder / "annotations", mirror, registry)
    if registry.of(dataset, "annotation"):
        return _copy_annotations(dataset, annotations, folder / "annotations", registry)
    return annotations


def read_annotations(dataset: str, annotations: Path, found: Iterable[str]) -> Dataset:
    """The content of a dataset. found: ids of the videos that are at hand, for a reader that asks for them."""
    read = READERS[dataset]
    return read(annotations, **({"found": found} if "found" in inspect.signature(read).parameters else {}))


def _fetch_annotations(dataset: str, kept: Path, mirror: str | None, registry: Registry) -> Path:
    """The folder `kept` with all annotation files, those that are there only checked."""
    rows = registry.of(dataset, "annotation")
    if not rows:
        raise ValueError(
            f"fetch.{dataset}.annotations: the annotation of {dataset} is published only together with its videos; "
            "name the folder that holds it"
        )
    for row in rows:
        fetch_registered(row, kept / row.name, registry=registry, mirror=mirror)
    return kept


def _copy_annotations(dataset: str, folder: Path, kept: Path, registry: Registry) -> Path:
    """The folder `kept` with all annotation files from the user's folder, checked."""
    kept.mkdir(parents=True, exist_ok=True)
    for row in registry.of(dataset, "annotation"):
        if not (folder / row.name).is_file():
            raise ValueError(f"{folder / row.name}: no such file; fetch.{dataset}.annotations names its folder")
        shutil.copyfile(folder / row.name, kept / row.name)
    return _fetch_annotations(dataset, kept, None, registry)
