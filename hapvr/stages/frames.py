"""Stage `frames`: sample the videos of one shard of a dataset."""

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile

import numpy as np

from hapvr.datasets.dataset import read_dataset
from hapvr.fetch.options import Upstream
from hapvr.project import Project
from hapvr.storage.frames import SampledFrames, write_frames
from hapvr.storage.shards import shard_of
from hapvr.video.child import Task
from hapvr.video.errors import DecodeError
from hapvr.video.failures import Failure, write_failures
from hapvr.video.job import Outcome
from hapvr.video.options import Frames
from hapvr.video.partial import Partial
from hapvr.video.place import check_id, video_path
from hapvr.video.pool import decoded
from hapvr.video.progress import Progress
from hapvr.video.readers import CHAINS
from hapvr.video.request import Limits, Request

# Raised when other code here would give other frames for the same parameters: partial work of before is void then.
RULES = 1
# Bytes that an HDF5 file needs for a video beside its JPEG files, generously.
HDF5_OVERHEAD = 16384


def frames(project: Project, dataset: str, shard: int) -> None:
    """Writes `data/{dataset}/frames/{shard}.h5` and `{shard}.failures.csv`.

    The same bytes whatever the number of workers, and whether or not it was interrupted and started again.
    """
    params = project.params.frames
    results = project.frames_file(dataset, shard), project.failures_file(dataset, shard)
    _remove_leftovers(*results)
    failures: list[Failure] = []
    paths = _paths(project, dataset, shard, failures)
    partial = Partial(project.root / "data" / ".partial" / dataset / "frames" / str(shard), _settings(params))
    _decode(paths, params, partial)
    _check_space(results[0], partial.size() + HDF5_OVERHEAD * (1 + len(paths)))
    write_frames(results[0], _kept(list(paths), params, partial, failures))
    write_failures(results[1], sorted(failures, key=lambda failure: failure.video))
    partial.remove()


def _paths(project: Project, dataset: str, shard: int, failures: list[Failure]) -> dict[str, Path]:
    """Where the videos of the shard lie, by id, in order. What may not be opened is a failure."""
    videos = read_dataset(project.dataset_file(dataset)).videos
    source = project.params.fetch.get(dataset)
    # Files may be links: into DVC's cache, or into the folder that the user named.
    folders = [project.dataset_folder(dataset), project.root / ".dvc" / "cache"]
    folders += [project.root / source.videos] if isinstance(source, Upstream) else []
    paths = {}
    for video_id in shard_of(videos, shard, len(project.params.shards)):
        try:
            check_id(video_id)
            paths[video_id] = video_path(videos[video_id], folders)
        except DecodeError as error:
            failures.append(Failure(video_id, str(error), 0.0))
    return paths


def _decode(paths: dict[str, Path], params: Frames, partial: Partial) -> None:
    """Fills `partial` with what is missing there."""
    todo = {video_id: path for video_id, path in paths.items() if not partial.has(video_id, path)}
    tasks = ((video_id, task_of(path, params)) for video_id, path in todo.items())
    with Progress(total=len(paths), done=len(paths) - len(todo)) as progress:
        for video_id, outcome in decoded(tasks, params.workers):
            partial.save(video_id, paths[video_id], outcome)
            progress.add(len(outcome.jpegs), failed=bool(outcome.reason))


def task_of(path: Path, params: Frames) -> Task:
    """How these parameters sample a file."""
    limits = params.limits
    bounds = Limits(limits.side, limits.duration_s, limits.frames, limits.missing_s)
    request = Request(params.fps, params.size, bounds)
    return Task(path, request, CHAINS[params.decoder], params.jpeg_quality, limits.wall_s, limits.memory_gb)


def _kept(video_ids: list[str], params: Frames, partial: Partial, failures: list[Failure]) -> Iterator[SampledFrames]:
    """Whole videos, and of damaged ones what the policy keeps; one in memory at a time."""
    for video_id in video_ids:
        outcome = partial.load(video_id)
        salvaged_s = len(outcome.jpegs) / params.fps
        if outcome.reason:
            if params.policy == "reject" or not outcome.jpegs or salvaged_s < params.minimum_s:
                salvaged_s = 0.0
            failures.append(Failure(video_id, outcome.reason, salvaged_s))
        if salvaged_s:
            yield _sampled(video_id, outcome)


def _sampled(video_id: str, outcome: Outcome) -> SampledFrames:
    timestamps, indices = np.array(outcome.timestamps, np.float64), np.array(outcome.indices, np.int64)
    return SampledFrames(video_id, outcome.jpegs, timestamps, indices, outcome.decoder)


def _settings(params: Frames) -> dict[str, object]:
    """Everything beside the file that the outcome of a video depends on."""
    return {
        "rules": RULES,
        "params": params.model_dump(exclude={"workers", "policy", "minimum_s"}),
        "packages": {name: version(name) for name in ("av", "decord", "pillow")},
    }


def _check_space(result: Path, size: int) -> None:
    """Raises OSError if the disk has no room for `size` bytes: HDF5 crashes, or says nothing, where it cannot write."""
    result.parent.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryFile(dir=result.parent) as file:
            os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        raise OSError(f"{result}: no room for {size / 1e6:.1f} MB; make some and run again: {error}") from error


def _remove_leftovers(*results: Path) -> None:
    """Removes what a killed run left half-written beside its results."""
    for result in results:
        for leftover in result.parent.glob(f".{result.name}.*.part"):
            leftover.unlink()
