"""Stage `whiten`: learn the whitening of a backbone's region vectors on the training set."""

from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from hapvr.datasets.dataset import read_dataset
from hapvr.features.extractor import Extractor
from hapvr.features.whitening import Whitening
from hapvr.project import Project
from hapvr.storage.frames import frame_counts, read_frames

REGIONS = 9


def whiten(project: Project, backbone: str) -> None:
    """Writes models/whitening/{backbone}.safetensors, learnt from `whiten.vectors` vectors of random training frames.

    Raises ValueError if no training video was readable.
    """
    params = project.params
    files = [project.frames_file(params.training_set, shard) for shard in params.shards]
    training = read_dataset(project.dataset_file(params.training_set)).training
    chosen = choose(
        _frame_counts(files, training), frames=-(-params.whiten.vectors // REGIONS), seed=params.whiten.seed
    )
    torch.set_num_threads(params.features.threads)
    extractor = Extractor.of(project, whitened=False)
    progress = tqdm(desc="whiten", total=len(chosen), unit="video")
    parts = []
    for file in files:
        for video in read_frames(file, chosen):
            parts.append(extractor(video.images()[chosen[video.video_id]]).regions.flatten(0, 1))
            progress.update()
    Whitening.fit(torch.cat(parts), params.whiten.dims).save(project.whitening_file(backbone))


def _frame_counts(files: list[Path], training: list[str]) -> dict[str, int]:
    """Frames sampled from each readable training video."""
    counts = {video_id: count for file in files for video_id, count in frame_counts(file).items()}
    readable = {video_id: counts[video_id] for video_id in sorted(training) if video_id in counts}
    if not readable:
        raise ValueError(f"{files[0].parent}: no training video could be read; see the *.failures.csv there")
    return readable


def choose(counts: dict[str, int], *, frames: int, seed: int) -> dict[str, np.ndarray]:
    """A random sample of `frames` frames (all, if there are fewer): video id → frame positions, ascending."""
    owners = np.repeat(np.arange(len(counts)), list(counts.values()))
    positions = np.concatenate([np.arange(count) for count in counts.values()])
    kept = np.sort(np.random.default_rng(seed).permutation(len(owners))[:frames])
    return {
        video_id: positions[kept[owners[kept] == owner]]
        for owner, video_id in enumerate(counts)
        if (owners[kept] == owner).any()
    }
