"""Published datasets: annotations from their sources, videos from the user's folder."""

import shutil
from pathlib import Path

from hapvr.datasets.dataset import write_dataset
from hapvr.datasets.readers import READERS
from hapvr.datasets.vcdb import with_distractors
from hapvr.fetch.checksums import record, recorded
from hapvr.fetch.download import download
from hapvr.fetch.local_videos import find_videos, link_videos
from hapvr.fetch.options import Upstream
from hapvr.fetch.sources import annotations
from hapvr.project import Project


def fetch_upstream(project: Project, dataset: str) -> None:
    """Writes `data/{dataset}/dataset.json` and links its videos into `data/{dataset}/links`.

    Annotation files are kept in `data/{dataset}/annotations`, which DVC does not empty, and must have the SHA-256 in
    `checksums.json` (recorded there when a file is seen for the first time). Raises ValueError for an unknown
    dataset and for videos or annotations that are not there, and DownloadError.
    """
    section = project.params.fetch[dataset]
    if not isinstance(section, Upstream) or dataset not in READERS:
        raise ValueError(f"fetch.{dataset}: no published dataset of that name; accepted: {', '.join(sorted(READERS))}")
    # Looked for first: nobody should download annotations to learn that the videos are elsewhere.
    found = find_videos(project.root / Path(section.videos).expanduser())
    folder = project.dataset_folder(dataset)
    content = READERS[dataset](_annotations(project, dataset, section, folder / "annotations"))
    if dataset == "vcdb":
        content = with_distractors(content, found)
    write_dataset(project.dataset_file(dataset), link_videos(content, found, folder))


def _annotations(project: Project, dataset: str, section: Upstream, kept: Path) -> Path:
    """The folder that holds the annotation files, all of them checked."""
    if section.annotations is not None:
        own = project.root / Path(section.annotations).expanduser()
        if not annotations(dataset):
            return own
        kept.mkdir(parents=True, exist_ok=True)
        for source in annotations(dataset):
            if not (own / source.name).is_file():
                raise ValueError(f"{own / source.name}: no such file; fetch.{dataset}.annotations names its folder")
            shutil.copyfile(own / source.name, kept / source.name)
    elif not annotations(dataset):
        raise ValueError(
            f"fetch.{dataset}.annotations: the annotation of {dataset} is published only together with its videos; "
            "name the folder that holds it"
        )
    for source in annotations(dataset):
        url = source.url if section.mirror is None else f"{section.mirror.rstrip('/')}/{source.name}"
        known = recorded(project.root, source.name)
        record(project.root, source.name, download(url, kept / source.name, sha256=known, limit_mb=source.limit_mb))
    return kept
