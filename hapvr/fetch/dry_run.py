"""`hapvr fetch --dry-run`: what of a published dataset is here, what would be fetched, and what that takes."""

import shutil
from collections import Counter
from pathlib import Path

from tabulate import tabulate

from hapvr.datasets.dataset import read_dataset
from hapvr.fetch.options import Upstream
from hapvr.fetch.videos.drop import still_stored
from hapvr.fetch.videos.footage import BYTES_PER_PIXEL, FOOTAGE, MBIT_PER_S, REQUESTS, Footage
from hapvr.fetch.videos.found import find_videos
from hapvr.fetch.videos.memory import DELETED, FETCHED, Memory, still_asked
from hapvr.fetch.videos.pattern import Pattern
from hapvr.fetch.videos.reasons import kind_of
from hapvr.params import Params
from hapvr.project import Project, check_name

REGIONS, BYTES_OF_FLOAT16 = 9, 2


def plan_fetching(project: Project, dataset: str) -> str:
    """What is here, what would be fetched, hours and disk, as text; nothing is fetched, and nobody is asked."""
    params = project.params
    check_name("dataset", dataset, params.fetch, where="fetch")
    upstream = params.fetch[dataset]
    if not isinstance(upstream, Upstream):
        return f"{dataset}: rendered here; there is nothing to fetch"
    check_name("dataset", dataset, FOOTAGE, where="the published datasets")
    footage, folder = FOOTAGE[dataset], project.videos_folder(upstream)
    found, memory = find_videos(folder, Pattern(upstream.pattern)), Memory(folder, dataset)
    ids = _ids(project.dataset_file(dataset))
    here = [path for video, path in found.items() if ids is None or video in ids]
    stored = still_stored((project.frames_file(dataset, shard) for shard in params.shards), memory)
    missing = [video for video in ids or [] if video not in found and video not in stored]
    asked = still_asked(missing, upstream, memory)
    ahead = footage.videos - len(here) if ids is None else len(asked if upstream.download else missing)
    size = sum(path.stat().st_size for path in here)
    rows = [
        ("annotations", _annotations(project, dataset, upstream, ids)),
        ("videos", f"{len(ids) if ids is not None else footage.videos:,}"),
        ("here", f"{len(here):,}, {_gb(size)}, in {folder}"),
    ]
    if stored:
        rows.append(("deleted", f"{len(stored):,}, as soon as their frames were stored"))
    if reasons := _reasons(memory, missing):
        rows.append(("known to be missing", reasons))
    fetched = _bytes_ahead(ahead, footage, upstream, mean=size / len(here) if here else None)
    rows.append(("to fetch", _ahead(ahead, fetched, footage, upstream)))
    rows.append(("disk", _disk(params, upstream, footage, fetched=fetched, free=_free(folder))))
    return f"{dataset}: a plan, nothing is fetched\n\n" + tabulate(rows, tablefmt="plain", disable_numparse=True)


def _ids(dataset_file: Path) -> set[str] | None:
    return set(read_dataset(dataset_file).videos) if dataset_file.exists() else None


def _annotations(project: Project, dataset: str, upstream: Upstream, ids: set[str] | None) -> str:
    if ids is not None:
        return f"here: {project.dataset_file(dataset).relative_to(project.root)}"
    source = "would be fetched" if upstream.annotations is None else f"would be read from {upstream.annotations}"
    return f"{source}; until then, numbers of videos are the published ones"


def _reasons(memory: Memory, missing: list[str]) -> str:
    """Why videos that were asked for are not here: `3 gone, 1 private`."""
    kinds = (kind_of(event.what) for video in missing if (event := memory.get(video)) is not None)
    counts = Counter(kind for kind in kinds if kind not in (FETCHED, DELETED))
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items()))


def _bytes_ahead(videos: int, footage: Footage, upstream: Upstream, *, mean: float | None) -> float:
    """Of the videos to fetch, as large as those here, or as is assumed."""
    if upstream.download is None:
        return 0.0
    seconds = footage.hours * 3600 / footage.videos
    return videos * (mean or seconds * MBIT_PER_S[upstream.download.by] * 1e6 / 8)


def _ahead(videos: int, fetched: float, footage: Footage, upstream: Upstream) -> str:
    if upstream.download is None:
        return f"nothing: fetch.*.download is empty; {videos:,} missing videos have to be put into the folder by hand"
    hours = footage.hours * videos / footage.videos
    takes = videos * REQUESTS[upstream.download.by] / upstream.download.requests_per_s / 3600
    return (
        f"{videos:,}, about {_gb(fetched)}, {hours:,.0f} hours of video; at least {takes:,.1f} hours of fetching at "
        f"{upstream.download.requests_per_s:g} requests/s"
    )


def _disk(params: Params, upstream: Upstream, footage: Footage, *, fetched: float, free: int) -> str:
    frames = footage.hours * 3600 * params.frames.fps
    stored = frames * params.frames.size**2 * BYTES_PER_PIXEL
    described = frames * REGIONS * params.whiten.dims * BYTES_OF_FLOAT16
    share = 1.0 if upstream.keep else min(1.0, 2 / len(params.shards))
    videos = fetched * share
    note = "" if upstream.keep else f" (keep is false: those of about 2 of {len(params.shards)} shards at a time)"
    enough = "" if videos + stored + described < free else ": too little"
    return (
        f"about {_gb(videos)} for videos to fetch{note}, {_gb(stored)} for all frames, {_gb(described)} for all "
        f"features; {_gb(free)} are free{enough}"
    )


def _free(folder: Path) -> int:
    """Bytes that are free where the folder is, or will be."""
    there = next(place for place in [folder, *folder.parents] if place.exists())
    return shutil.disk_usage(there).free


def _gb(size: float) -> str:
    return f"{size / 1e12:,.1f} TB" if size >= 1e12 else f"{size / 1e9:,.1f} GB"
