"""Stage `views`: the view bank of one shard of the training set."""

from collections.abc import Iterator

import torch
from tqdm import tqdm

from hapvr.datasets.dataset import read_dataset
from hapvr.features.extractor import Extractor
from hapvr.features.teacher import Teacher, teacher_of
from hapvr.params.data import Views
from hapvr.project import Project
from hapvr.seeding import generator_of
from hapvr.storage.frames import FrameStore
from hapvr.storage.views import Kind, View, write_views
from hapvr.views.clips import Clips
from hapvr.views.pixels import pixels


def views(project: Project, shard: int) -> None:
    """Writes data/{training set}/views/{shard}.h5: features of weak and strong views of its training videos."""
    params = project.params
    store = FrameStore([project.frames_file(params.training_set, shard)])
    training = read_dataset(project.dataset_file(params.training_set)).training
    clips = Clips(store, sorted(set(training) & store.keys()), torch.device("cpu"))
    torch.set_num_threads(params.features.threads)
    extractor, teacher = Extractor.of(project), teacher_of(project)

    def described() -> Iterator[View]:
        for video_id in tqdm(clips.video_ids, f"views {shard}", unit="video"):
            yield from _views_of(video_id, clips, params.views, extractor=extractor, teacher=teacher)

    write_views(project.views_file(shard), described())


def _views_of(video_id: str, clips: Clips, params: Views, *, extractor: Extractor, teacher: Teacher) -> Iterator[View]:
    """Every view of one video, in one pass of the backbone and of the teacher.

    What is drawn depends on `views.seed`, the video, the kind and the number, not on the order of the work.
    """
    clip = clips.read(video_id)
    kinds: list[tuple[Kind, int]] = [("weak", number) for number in range(params.weak)]
    kinds += [("strong", number) for number in range(params.strong)]
    generators = [generator_of(params.seed, "view", video_id, kind, number) for kind, number in kinds]
    images, mixed = zip(
        *(
            pixels(clip, video_id, kind, clips=clips, params=params, generator=generator)
            for (kind, _), generator in zip(kinds, generators, strict=True)
        ),
        strict=True,
    )
    scaled = torch.cat(images) * 255
    extracted = extractor(scaled)
    features, labels = (part.split(len(clip)) for part in (extracted.regions, teacher(scaled, extracted.pooled)))
    for (kind, number), partner, feature, label in zip(kinds, mixed, features, labels, strict=True):
        yield View(video_id, kind, number, partner, feature.numpy(), label.numpy())
