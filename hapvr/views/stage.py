"""Stage `views`: the view bank of one shard of the training set."""

from collections.abc import Iterator

import torch
from torch import Tensor
from tqdm import tqdm

from hapvr.features.extractor import Extractor
from hapvr.features.teacher import Teacher, teacher_of
from hapvr.project import Project
from hapvr.seeding import generator_of, happens, integer, uniform
from hapvr.storage.views import Kind, View, write_views
from hapvr.views.augment import strong, weak
from hapvr.views.clips import Clips
from hapvr.views.options import Views
from hapvr.views.video_in_video import video_in_video


def views(project: Project, shard: int) -> None:
    """Writes data/{training set}/views/{shard}.h5: features of weak and strong views of its training videos."""
    params = project.params
    clips = Clips.of(project, [shard], torch.device("cpu"))
    torch.set_num_threads(params.features.threads)
    extractor, teacher = Extractor.of(project), teacher_of(project)

    def described() -> Iterator[View]:
        for video_id in tqdm(clips.video_ids, f"views {shard}", unit="video"):
            yield from _views_of(video_id, clips, params.views, extractor=extractor, teacher=teacher)

    write_views(project.views_file(shard), described())


def _views_of(video_id: str, clips: Clips, params: Views, *, extractor: Extractor, teacher: Teacher) -> Iterator[View]:
    """Every view of one video, in one pass of the backbone and of the teacher."""
    clip = clips.read(video_id)
    kinds = kinds_of(params)
    images, mixed = zip(
        *(augmented(video_id, kind, number, clip=clip, clips=clips, params=params) for kind, number in kinds),
        strict=True,
    )
    scaled = torch.cat(images) * 255
    extracted = extractor(scaled)
    features, labels = (part.split(len(clip)) for part in (extracted.regions, teacher(scaled, extracted.pooled)))
    for (kind, number), partner, feature, label in zip(kinds, mixed, features, labels, strict=True):
        yield View(video_id, kind, number, partner, feature.numpy(), label.numpy())


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
    # In a strong view of a random other video.
    other = others[integer(0, len(others) - 1, generator)]
    outer = strong(clips.read(other), params, generator)
    area = uniform(*params.area, generator)
    return video_in_video(image, outer, area, generator=generator), other
