"""Stage `views`: the view bank of one shard of the training set."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator, Tensor
from tqdm import tqdm

from hapvr.datasets.dataset import read_dataset
from hapvr.features.extractor import Extractor
from hapvr.params.data import Views
from hapvr.project import Project
from hapvr.seeding import generator_of, happens, integer, uniform
from hapvr.storage.frames import frame_counts, read_frames
from hapvr.storage.views import Kind, View, write_views
from hapvr.views.augment import strong, weak
from hapvr.views.video_in_video import video_in_video


def views(project: Project, shard: int) -> None:
    """Writes data/{training set}/views/{shard}.h5: features of weak and strong views of its training videos."""
    params = project.params
    clips = Clips.of(project, shard)
    extractor = Extractor.of(project)

    def described() -> Iterator[View]:
        for video_id in tqdm(clips.video_ids, f"views {shard}", unit="video"):
            yield from _views_of(video_id, clips, params.views, extractor)

    write_views(project.views_file(shard), described())


@dataclass(frozen=True)
class Clips:
    """The training videos of a shard as tensors, read when asked for."""

    path: Path
    video_ids: Sequence[str]

    @classmethod
    def of(cls, project: Project, shard: int) -> "Clips":
        name = project.params.training_set
        training = set(read_dataset(project.dataset_file(name)).training)
        path = project.frames_file(name, shard)
        return cls(path, [video_id for video_id in frame_counts(path) if video_id in training])

    def read(self, video_id: str) -> Tensor:
        """Frames of a video, float32 [T, 3, H, W] in 0–1."""
        (frames,) = read_frames(self.path, {video_id})
        return torch.from_numpy(frames.images()).permute(0, 3, 1, 2).float() / 255


def _views_of(video_id: str, clips: Clips, params: Views, extractor: Extractor) -> Iterator[View]:
    """Every view of one video, in one pass of the backbone."""
    clip = clips.read(video_id)
    kinds = kinds_of(params)
    images, mixed = zip(
        *(augmented(video_id, kind, number, clip=clip, clips=clips, params=params) for kind, number in kinds),
        strict=True,
    )
    extracted = extractor(torch.cat(images) * 255)
    features, teachers = extracted.regions.split(len(clip)), extracted.pooled.split(len(clip))
    for (kind, number), partner, feature, teacher in zip(kinds, mixed, features, teachers, strict=True):
        yield View(video_id, kind, number, partner, feature.numpy(), teacher.numpy())


def kinds_of(params: Views) -> list[tuple[Kind, int]]:
    """Kind and number of each view that a video has."""
    counts: dict[Kind, int] = {"weak": params.weak, "strong": params.strong}
    return [(kind, number) for kind, count in counts.items() for number in range(count)]


def augmented(
    video_id: str, kind: Kind, number: int, *, clip: Tensor, clips: Clips, params: Views
) -> tuple[Tensor, str]:
    """One view, [T, 3, H, W] in 0–1, and the id of the video it was placed in, or "".

    What is drawn depends on `views.seed`, the video, the kind and the number, not on the order of the work.
    """
    generator = generator_of(params.seed, "view", video_id, kind, number)
    if kind == "weak":
        return weak(clip, params, generator), ""
    image = strong(clip, params, generator)
    others = [other for other in clips.video_ids if other != video_id]
    if not happens(params.video_in_video, generator) or not others:
        return image, ""
    return _placed(image, others, clips=clips, params=params, generator=generator)


def _placed(
    image: Tensor, others: Sequence[str], *, clips: Clips, params: Views, generator: Generator
) -> tuple[Tensor, str]:
    """A strong view placed in a strong view of a random other video."""
    other = others[integer(0, len(others) - 1, generator)]
    outer = strong(clips.read(other), params, generator)
    area = uniform(*params.area, generator)
    return video_in_video(image, outer, area, generator=generator), other
