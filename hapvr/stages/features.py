"""Stage `features`: whitened region features of one shard of a dataset, or published ones, checked and converted."""

from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from hapvr.project import Project, check_name, need
from hapvr.storage.features import write_features


def features(project: Project, dataset: str, shard: int) -> None:
    """Writes data/{dataset}/features/{shard}.h5, one [T, 9, D] array per readable video.

    Of a dataset that comes as features also {shard}.failures.csv: the videos that its file lacks or that are corrupt.
    """
    params = project.params
    check_name("dataset", dataset, params.datasets, where="datasets")
    check_name("shard", shard, params.shards, where="shards")
    if params.way_of(dataset) == "features":
        _convert(project, dataset, shard)
    else:
        _describe(project, dataset, shard)


def _describe(project: Project, dataset: str, shard: int) -> None:
    import torch

    from hapvr.features.extractor import build_extractor
    from hapvr.storage.frames import frame_counts, read_frames

    params = project.params
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


def _convert(project: Project, dataset: str, shard: int) -> None:
    from hapvr.datasets.dataset import read_dataset
    from hapvr.features.published import check_dims, check_unchanged, open_features, read_usable
    from hapvr.storage.shards import shard_of
    from hapvr.video.failures import Failure, write_failures

    params, failures = project.params, list[Failure]()
    videos = read_dataset(need(project.dataset_file(dataset), f"fetch@{dataset}")).videos
    record = need(project.features_record(dataset), f"fetch@{dataset}")
    path = project.published_features(dataset)
    check_unchanged(path, record)
    chosen = shard_of(videos, shard, len(params.shards))
    most = int(params.frames.limits.duration_s * params.frames.fps)
    with open_features(path) as file:
        check_dims(file, videos, params.whiten.dims)
        progress = tqdm(chosen, f"features {dataset} {shard}", unit="video")
        usable = read_usable(file, progress, failures, dims=params.whiten.dims, frames=most)
        write_features(project.features_file(dataset, shard), usable)
    write_failures(project.failures_file(dataset, shard), failures)
