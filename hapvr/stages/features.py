"""Stage `features`: whitened region features of one shard of a dataset."""

from collections.abc import Iterator

import numpy as np
import torch
from tqdm import tqdm

from hapvr.features.extractor import build_extractor
from hapvr.project import Project, check_name, need
from hapvr.storage.features import write_features
from hapvr.storage.frames import frame_counts, read_frames


def features(project: Project, dataset: str, shard: int) -> None:
    """Writes data/{dataset}/features/{shard}.h5, one [T, 9, D] array per readable video."""
    params = project.params
    check_name("dataset", dataset, params.datasets, where="datasets")
    check_name("shard", shard, params.shards, where="shards")
    frames = need(project.frames_file(dataset, shard), f"frames@{dataset}-{shard}")
    whitening = need(project.whitening_file(params.backbone), f"whiten@{params.backbone}")
    torch.set_num_threads(params.features.threads)
    extractor = build_extractor(params.backbone, params.features, project.root, whitening)

    def describe() -> Iterator[tuple[str, np.ndarray]]:
        for video in tqdm(
            read_frames(frames), f"features {dataset} {shard}", total=len(frame_counts(frames)), unit="video"
        ):
            yield video.video_id, extractor(video.images()).regions.numpy()

    write_features(project.features_file(dataset, shard), describe())
