"""A small project with sampled frames of training videos, from which views are made."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from PIL import Image

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.features.whitening import Whitening
from hapvr.project import Project
from hapvr.storage.frames import SampledFrames, write_frames
from tests.training.conftest import small_params

DIMS = 8
SIDE = 48


def frames_of(video_id: str, length: int, *, side: int = SIDE) -> SampledFrames:
    """Square frames of smooth colours, different for each video and frame."""
    generator = np.random.default_rng(list(video_id.encode()))
    jpegs = []
    for _ in range(length):
        coarse = Image.fromarray(generator.integers(0, 256, (6, 6, 3), np.uint8))
        buffer = BytesIO()
        coarse.resize((side, side), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=95)
        jpegs.append(buffer.getvalue())
    return SampledFrames(video_id, jpegs, np.arange(length, dtype=float), np.arange(length), "test")


def sampled_project(folder: Path, lengths: dict[str, int], *, views: dict[str, Any], train: dict[str, Any]) -> Project:
    """Two shards of training videos with these numbers of frames, and a labelled video that is not for training."""
    content = small_params(source="frames", **train)
    content["views"] |= {"weak": 1, "strong": 2} | views
    content["whiten"]["dims"] = DIMS
    (folder / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    project = Project(folder)
    name = project.params.training_set
    everything = {**lengths, "labelled": 5}
    write_dataset(
        project.dataset_file(name),
        Dataset(name=name, videos={video: f"videos/{video}.mp4" for video in everything}, training=list(lengths)),
    )
    for shard in project.params.shards:
        videos = sorted(everything)[shard :: len(project.params.shards)]
        write_frames(project.frames_file(name, shard), [frames_of(video, everything[video]) for video in videos])
    vectors = torch.randn((600, 496), generator=torch.Generator().manual_seed(0))
    project.whitening_file(project.params.backbone).parent.mkdir(parents=True, exist_ok=True)
    Whitening.fit(vectors, DIMS).save(project.whitening_file(project.params.backbone))
    return project
