"""Stage `features`: whitened region features of one shard of a dataset."""

from collections.abc import Iterator

import numpy as np
import torch
from tqdm import tqdm

from hapvr.features.extractor import Extractor
from hapvr.project import Project
from hapvr.storage.features import write_features
from hapvr.storage.frames import frame_counts, read_frames


def features(project: Project, dataset: str, shard: int) -> None:
    """Writes data/{dataset}/features/{shard}.h5, one [T, 9, D] array per readable video."""
    torch.set_num_threads(project.params.features.threads)
    extractor = Extractor.of(project)
    source = project.frames_file(dataset, shard)
    progress = tqdm(read_frames(source), f"features {dataset} {shard}", total=len(frame_counts(source)), unit="video")

    def described() -> Iterator[tuple[str, np.ndarray]]:
        for video in progress:
            yield video.video_id, extractor(video.images()).regions.numpy()

    write_features(project.features_file(dataset, shard), described())
