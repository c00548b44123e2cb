"""Stage `frames`: sample the videos of one shard of a dataset, or take in their frames."""

import sys
from collections.abc import Mapping
from pathlib import Path

from hapvr.datasets.dataset import read_dataset
from hapvr.fetch.options import Upstream
from hapvr.pipeline.code import stage_digest
from hapvr.project import Project, check_name, need
from hapvr.storage.frames import frame_counts, write_frames
from hapvr.storage.shards import shard_of
from hapvr.storage.video_records import read_records
from hapvr.video.failures import Failure, write_failures
from hapvr.video.kept import Kept
from hapvr.video.shard import (
    check_space,
    decode_missing,
    decoding_depends_on,
    locate_folders,
    locate_videos,
    read_usable,
    remove_leftovers,
)


def frames(project: Project, dataset: str, shard: int) -> None:
    """Writes `data/{dataset}/frames/{shard}.h5` and `{shard}.failures.csv`.

    The same bytes whatever the number of workers, and whether or not it was interrupted and started again.
    """
    params = project.params
    check_name("dataset", dataset, params.datasets, where="datasets")
    check_name("shard", shard, params.shards, where="shards")
    videos = read_dataset(need(project.dataset_file(dataset), f"fetch@{dataset}")).videos
    frames_file, failures_file = project.frames_file(dataset, shard), project.failures_file(dataset, shard)
    remove_leftovers(frames_file, failures_file)

    of_shard = {video_id: videos[video_id] for video_id in shard_of(videos, shard, len(params.shards))}
    paths, failures = _locate(project, dataset, shard, of_shard)

    depends_on = decoding_depends_on(params.frames, stage_digest(params, "frames"))
    kept = Kept(project.partial_folder("frames", dataset, str(shard)), depends_on)
    decode_missing(paths, params.frames, kept)
    check_space(frames_file, kept, len(paths))
    write_frames(frames_file, read_usable(paths, params.frames, kept, failures))
    write_failures(failures_file, sorted(failures, key=lambda failure: failure.video))
    kept.remove()
    if dataset in params.fetched and not params.fetched[dataset].keep:
        _delete_sampled(project, dataset, shard, failures)


def _locate(
    project: Project, dataset: str, shard: int, videos: Mapping[str, str]
) -> tuple[dict[str, Path], list[Failure]]:
    """Video id → its file, or its folder of frames; what is not there, or may not be read, is a failure."""
    source = project.params.fetch.get(dataset)
    if isinstance(source, Upstream) and source.way == "frames":
        return locate_folders(videos, project.user_path(str(source.frames_folder)))
    # Files may be links: into DVC's cache, or into the folder that the user named.
    folders = [project.dataset_folder(dataset), project.root / ".dvc" / "cache"]
    upstream = project.params.fetched.get(dataset)
    if upstream is None:
        return locate_videos(videos, folders)
    missing = _missing(project, dataset, shard, videos)
    here = {video: path for video, path in videos.items() if video not in missing}
    paths, failures = locate_videos(here, [*folders, project.videos_folder(upstream)])
    return paths, failures + [Failure(video, reason, 0.0) for video, reason in missing.items()]


def _missing(project: Project, dataset: str, shard: int, videos: Mapping[str, str]) -> dict[str, str]:
    """Video id → why the stage `videos` has not got it.

    Raises ValueError for a record of other videos, and FileNotFoundError for a video that was there then.
    """
    file = need(project.videos_file(dataset, shard), f"videos@{dataset}-{shard}")
    records = {record.video: record for record in read_records(file)}
    if records.keys() != videos.keys():
        raise ValueError(
            f"{file}: not of the videos of shard {shard}; make it again: `dvc repro videos@{dataset}-{shard}`"
        )
    for video, record in records.items():
        link = project.dataset_folder(dataset) / videos[video]
        if record.bytes is not None and not link.exists():
            raise FileNotFoundError(
                f"{link}: the video was there, {record.bytes:,} bytes, and is not any more: it was moved, or deleted "
                f"after its frames were stored (fetch.{dataset}.keep is false). To sample it again, remove "
                f"{project.frames_file(dataset, shard)} if it is there, and find or fetch the videos again: "
                f"`dvc repro --force --single-item videos@{dataset}-{shard}`"
            )
    return {video: record.reason for video, record in records.items() if record.bytes is None}


def _delete_sampled(project: Project, dataset: str, shard: int, failures: list[Failure]) -> None:
    """Deletes the fetched videos whose frames are stored without a fault."""
    from hapvr.fetch.videos.drop import delete_fetched
    from hapvr.fetch.videos.memory import Memory

    faulty = {failure.video for failure in failures}
    stored = [video for video in frame_counts(project.frames_file(dataset, shard)) if video not in faulty]
    folder = project.videos_folder(project.params.fetched[dataset])
    freed = delete_fetched(stored, folder, Memory(folder, f"{dataset}-{shard}"))
    print(
        f"{dataset}: frames of shard {shard} are stored; {freed / 1e9:.2f} GB of fetched videos deleted",
        file=sys.stderr,
    )
