"""Stage `frames`: sample the videos of one shard of a dataset, or take in their frames."""

from collections.abc import Mapping
from pathlib import Path

from hapvr.datasets.dataset import read_dataset
from hapvr.fetch.options import Upstream
from hapvr.pipeline.code import stage_digest
from hapvr.project import Project, check_name, need
from hapvr.storage.frames import write_frames
from hapvr.storage.shards import shard_of
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
    paths, failures = _locate(project, dataset, of_shard)

    depends_on = decoding_depends_on(params.frames, stage_digest(params, "frames"))
    kept = Kept(project.partial_folder("frames", dataset, str(shard)), depends_on)
    decode_missing(paths, params.frames, kept)
    check_space(frames_file, kept, len(paths))
    write_frames(frames_file, read_usable(paths, params.frames, kept, failures))
    write_failures(failures_file, sorted(failures, key=lambda failure: failure.video))
    kept.remove()


def _locate(project: Project, dataset: str, videos: Mapping[str, str]) -> tuple[dict[str, Path], list[Failure]]:
    """Video id → its file, or its folder of frames; what may not be read is a failure."""
    source = project.params.fetch.get(dataset)
    if isinstance(source, Upstream) and source.way == "frames":
        return locate_folders(videos, project.root / Path(str(source.frames_folder)).expanduser())
    # Files may be links: into DVC's cache, or into the folder that the user named.
    folders = [project.dataset_folder(dataset), project.root / ".dvc" / "cache"]
    folders += [project.root / Path(source.videos).expanduser()] if isinstance(source, Upstream) else []
    return locate_videos(videos, folders)
