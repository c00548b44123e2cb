"""Stage `fetch`: puts a dataset's ground truth in place, and the videos of an embedded one."""

import sys
from pathlib import Path

from hapvr.fetch.options import Upstream
from hapvr.project import Project, check_name
from hapvr.render.options import Render


def fetch(project: Project, dataset: str) -> None:
    """Writes `data/{dataset}/dataset.json`; `videos` of an embedded dataset, `annotations.csv` of a published one."""
    check_name("dataset", dataset, project.params.fetch, where="fetch")
    match project.params.fetch[dataset]:
        case Render() as render:
            from hapvr.render.dataset import render_dataset

            render_dataset(project.dataset_folder(dataset), dataset, render)
        case Upstream() as upstream:
            _fetch_published(project, dataset, upstream)


def _fetch_published(project: Project, dataset: str, upstream: Upstream) -> None:
    from hapvr.datasets.dataset import write_dataset
    from hapvr.fetch.checksums import Checksums
    from hapvr.fetch.upstream import check_published, place_annotations, read_annotations, record_annotations
    from hapvr.fetch.videos.found import find_videos
    from hapvr.fetch.videos.pattern import Pattern

    check_published(dataset)
    folder, checksums = project.dataset_folder(dataset), Checksums(project.checksums_file)
    given = None if upstream.annotations is None else project.root / Path(upstream.annotations).expanduser()
    annotations = place_annotations(dataset, folder, given, mirror=upstream.mirror, checksums=checksums)
    videos = project.videos_folder(upstream)
    found = find_videos(videos, Pattern(upstream.pattern))
    content = read_annotations(dataset, annotations, found)
    record_annotations(project.annotations_file(dataset), dataset, annotations)
    write_dataset(project.dataset_file(dataset), content)
    ids = content.videos
    here = sum(video in found for video in ids)
    what = "the stage `videos` fetches them" if upstream.download else f"put them there, named {upstream.pattern}"
    rest = f", {len(ids) - here:,} are missing: {what}" if here < len(ids) else ""
    print(f"{dataset}: {len(ids):,} videos, {here:,} of them are in {videos}{rest}", file=sys.stderr)
