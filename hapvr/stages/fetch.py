"""Stage `fetch`: puts a dataset's ground truth in place, and its videos or what stands for them."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from hapvr.fetch.options import Upstream
from hapvr.project import Project, check_name
from hapvr.render.options import Render

if TYPE_CHECKING:
    from hapvr.fetch.registry import Registry


def fetch(project: Project, dataset: str) -> None:
    """Writes `data/{dataset}/dataset.json`, and beside it the `videos` of an embedded dataset, or a record.

    Of a published one `annotations.csv`; of one that comes as frames or features, `frames.csv` or `features.json`.
    """
    check_name("dataset", dataset, project.params.fetch, where="fetch")
    match project.params.fetch[dataset]:
        case Render() as render:
            from hapvr.render.dataset import render_dataset

            render_dataset(project.dataset_folder(dataset), dataset, render)
        case Upstream(way="videos") as upstream:
            _fetch_videos(project, dataset, upstream)
        case Upstream() as upstream:
            _fetch_made(project, dataset, upstream)


def _fetch_videos(project: Project, dataset: str, upstream: Upstream) -> None:
    from hapvr.datasets.dataset import write_dataset
    from hapvr.fetch.upstream import read_annotations, record_annotations
    from hapvr.fetch.videos.found import find_videos
    from hapvr.fetch.videos.pattern import Pattern

    registry, annotations = _place_annotations(project, dataset, upstream)
    videos = project.videos_folder(upstream)
    found = find_videos(videos, Pattern(upstream.pattern))
    content = read_annotations(dataset, annotations, found)
    record_annotations(project.annotations_file(dataset), dataset, annotations, registry)
    write_dataset(project.dataset_file(dataset), content)
    ids = content.videos
    here = sum(video in found for video in ids)
    what = "the stage `videos` fetches them" if upstream.download else f"put them there, named {upstream.pattern}"
    rest = f", {len(ids) - here:,} are missing: {what}" if here < len(ids) else ""
    print(f"{dataset}: {len(ids):,} videos, {here:,} of them are in {videos}{rest}", file=sys.stderr)


def _fetch_made(project: Project, dataset: str, upstream: Upstream) -> None:
    from hapvr.datasets.dataset import write_dataset
    from hapvr.features.published import open_features
    from hapvr.fetch import given
    from hapvr.fetch.upstream import read_annotations

    registry, annotations = _place_annotations(project, dataset, upstream)
    if upstream.way == "frames":
        frames = project.user_path(str(upstream.frames_folder))
        content = read_annotations(dataset, annotations, given.find_frames(frames))
        given.record_frames(content, frames, project.frames_record(dataset))
    else:
        path, sha256 = project.published_features(dataset), None
        if upstream.features_file is None:
            sha256 = given.fetch_features(dataset, path, mirror=upstream.mirror, registry=registry)
        with open_features(path) as file:
            content = read_annotations(dataset, annotations, file)
            given.record_features(content, path, project.features_record(dataset), sha256=sha256, present=file)
    write_dataset(project.dataset_file(dataset), content)


def _place_annotations(project: Project, dataset: str, upstream: Upstream) -> "tuple[Registry, Path]":
    """Annotations first: nobody should fetch hundreds of gigabytes to learn that they are not to be had."""
    from hapvr.fetch.registry import Registry
    from hapvr.fetch.upstream import check_published, place_annotations

    check_published(dataset)
    registry, folder = Registry(project.registry_file), project.dataset_folder(dataset)
    given = None if upstream.annotations is None else project.user_path(upstream.annotations)
    return registry, place_annotations(dataset, folder, given, mirror=upstream.mirror, registry=registry)
