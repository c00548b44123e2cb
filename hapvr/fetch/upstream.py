"""Published datasets: annotations from their sources, or from a folder of the user's."""

import inspect
import shutil
from collections.abc import Iterable
from pathlib import Path

from hapvr.datasets import READERS
from hapvr.datasets.dataset import Dataset
from hapvr.fetch.registered import fetch_registered
from hapvr.fetch.registry import Registry
from hapvr.storage.files import write_text
from hapvr.storage.resume import file_sha256


def check_published(dataset: str) -> None:
    """Raises ValueError for a name that no published dataset has."""
    if dataset not in READERS:
        raise ValueError(f"fetch.{dataset}: no published dataset of that name; accepted: {', '.join(sorted(READERS))}")


def place_annotations(
    dataset: str, folder: Path, annotations: Path | None, *, mirror: str | None, registry: Registry
) -> Path:
    """The folder of the annotation files, fetched or copied into `folder/annotations` and checked.

    annotations: folder of the user's files; None: from `mirror`, or their sources. DVC does not empty
    `folder/annotations`; what lies there must have the SHA-256 in `registry`. Raises ValueError, and DownloadError.
    """
    if annotations is None:
        return _fetch_annotations(dataset, folder / "annotations", mirror, registry)
    if registry.of(dataset, "annotation"):
        return _copy_annotations(dataset, annotations, folder / "annotations", registry)
    return annotations


def read_annotations(dataset: str, annotations: Path, found: Iterable[str]) -> Dataset:
    """The content of a dataset. found: ids of the videos that are at hand, for a reader that asks for them."""
    read = READERS[dataset]
    return read(annotations, **({"found": found} if "found" in inspect.signature(read).parameters else {}))


def record_annotations(path: Path, dataset: str, annotations: Path, registry: Registry) -> None:
    """Writes which annotation files a dataset.json was made of: name, bytes, SHA-256."""
    files = _files_of(dataset, annotations, registry)
    rows = [f"{file.name},{file.stat().st_size},{file_sha256(file)}\n" for file in files]
    write_text(path, "".join(["name,bytes,sha256\n", *rows]))


def _files_of(dataset: str, annotations: Path, registry: Registry) -> list[Path]:
    """Those that are published by themselves; else, as VCDB's, one by its name, or the text files of `annotation`."""
    published = [annotations / row.name for row in registry.of(dataset, "annotation")]
    return published or sorted([*annotations.glob(f"{dataset}.*"), *(annotations / "annotation").glob("*.txt")])


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
