"""Sampling many videos: what is decoded, what is kept of damaged ones, what is a failure."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import numpy as np
from tqdm import tqdm

from hapvr.storage.frames import SampledFrames
from hapvr.video.failures import Failure
from hapvr.video.job import DecodedVideo, build_task, decode_files
from hapvr.video.kept import Kept
from hapvr.video.options import Frames
from hapvr.video.picture import DecodeError
from hapvr.video.source import check_id, locate_folder, locate_video

# Bytes that an HDF5 file needs for a video beside its JPEG files, generously.
HDF5_OVERHEAD = 16384


def decoding_depends_on(options: Frames, code: str) -> dict[str, Any]:
    """Everything beside the file that decoding a video depends on. code: a digest of the code that decodes."""
    return {
        "code": code,
        "options": options.model_dump(mode="json", exclude={"workers", "policy", "minimum_s"}),
        "packages": {name: version(name) for name in ("av", "decord", "pillow")},
    }


def locate_videos(videos: Mapping[str, str], folders: Iterable[Path]) -> tuple[dict[str, Path], list[Failure]]:
    """Video id → file, in order of `videos` (id → path below the first folder). What may not be opened is a failure.

    folders: where files may lie, symlinks followed.
    """
    places = list(folders)
    return _locate(videos, lambda video_id: locate_video(videos[video_id], places))


def locate_folders(videos: Iterable[str], folder: Path) -> tuple[dict[str, Path], list[Failure]]:
    """Video id → its folder of frames below `folder`. What may not be read is a failure."""
    return _locate(videos, lambda video_id: locate_folder(video_id, folder))


def _locate(videos: Iterable[str], place_of: Callable[[str], Path]) -> tuple[dict[str, Path], list[Failure]]:
    paths, failures = {}, []
    for video_id in videos:
        try:
            check_id(video_id)
            paths[video_id] = place_of(video_id)
        except DecodeError as error:
            failures.append(Failure(video_id, str(error), 0.0))
    return paths, failures


def decode_missing(paths: Mapping[str, Path], options: Frames, kept: Kept) -> None:
    """Decodes what is not in `kept` yet, `options.workers` videos at a time; progress on standard error."""
    todo = {video_id: path for video_id, path in paths.items() if not kept.has(video_id, path)}
    tasks = ((video_id, build_task(path, options)) for video_id, path in todo.items())
    begun, frames, failures = time.monotonic(), 0, 0
    with tqdm(total=len(paths), initial=len(paths) - len(todo), desc="frames", unit="video") as progress:
        for video_id, decoded in decode_files(tasks, options.workers):
            kept.save(video_id, paths[video_id], decoded)
            frames, failures = frames + len(decoded.jpegs), failures + bool(decoded.reason)
            rate = frames / max(time.monotonic() - begun, 1e-3)
            progress.set_postfix_str(f"{rate:.1f} frames/s, {failures} failures", refresh=False)
            progress.update()


def read_usable(
    video_ids: Iterable[str], options: Frames, kept: Kept, failures: list[Failure]
) -> Iterator[SampledFrames]:
    """Whole videos, and of damaged ones what the policy keeps, one in memory at a time; adds to `failures`."""
    for video_id in video_ids:
        decoded = kept.load(video_id)
        usable_s = len(decoded.jpegs) / options.fps
        if decoded.reason:
            if options.policy == "reject" or not decoded.jpegs or usable_s < options.minimum_s:
                usable_s = 0.0
            failures.append(Failure(video_id, decoded.reason, usable_s))
        if usable_s:
            yield sampled_frames(video_id, decoded)


def sampled_frames(video_id: str, decoded: DecodedVideo) -> SampledFrames:
    """A decoded video as files of frames have it."""
    timestamps, indices = np.array(decoded.timestamps, np.float64), np.array(decoded.indices, np.int64)
    return SampledFrames(video_id, decoded.jpegs, timestamps, indices, decoded.decoder)


def check_space(file: Path, kept: Kept, videos: int) -> None:
    """Raises OSError if the disk has no room for all that is kept, of so many videos, in an HDF5 file.

    HDF5 crashes, or says nothing, where it cannot write.
    """
    size = kept.size() + HDF5_OVERHEAD * (1 + videos)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with TemporaryFile(dir=file.parent) as space:
            os.posix_fallocate(space.fileno(), 0, size)
    except OSError as error:
        raise OSError(f"{file}: no room for {size / 1e6:.1f} MB; make some and run again: {error}") from error


def remove_leftovers(*files: Path) -> None:
    """Removes what a killed run left half-written beside its results."""
    for file in files:
        for leftover in file.parent.glob(f".{file.name}.*.part"):
            leftover.unlink()
