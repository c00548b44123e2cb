"""Stage `frames`: sample the videos of one shard of a dataset."""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from hapvr.datasets.dataset import read_dataset
from hapvr.params.data import Frames
from hapvr.project import Project
from hapvr.storage.files import write_text
from hapvr.storage.frames import SampledFrames, write_frames
from hapvr.storage.shards import shard_of
from hapvr.video.errors import DecodeError
from hapvr.video.sampling import sample


def frames(project: Project, dataset: str, shard: int) -> None:
    """Writes `data/{dataset}/frames/{shard}.h5` and `{shard}.failures.csv`."""
    params = project.params
    videos = read_dataset(project.dataset_file(dataset)).videos
    ids = shard_of(videos, shard, len(params.shards))
    failures: list[tuple[str, str, float]] = []
    folder = project.dataset_folder(dataset)
    sampled = _sampled({video_id: folder / videos[video_id] for video_id in ids}, params.frames, failures)
    write_frames(project.frames_file(dataset, shard), sampled)
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([("video", "reason", "seconds_salvaged"), *failures])
    write_text(project.failures_file(dataset, shard), text.getvalue())


def _sampled(paths: dict[str, Path], params: Frames, failures: list[tuple[str, str, float]]) -> Iterator[SampledFrames]:
    for video_id, path in tqdm(paths.items(), desc="frames", unit="video"):
        try:
            images, timestamps, indices, decoder = sample(path, params.fps, params.size)
        except DecodeError as error:
            failures.append((video_id, str(error), 0.0))
            continue
        jpegs = [_jpeg(image, params.jpeg_quality) for image in images]
        yield SampledFrames(video_id, jpegs, timestamps, indices, decoder)


def _jpeg(image: np.ndarray, quality: int) -> bytes:
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
