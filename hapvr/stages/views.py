"""Stage `views`: the view bank of one shard of the training set."""

from collections.abc import Iterator

import torch
from tqdm import tqdm

from hapvr.datasets.dataset import read_dataset
from hapvr.features.extractor import Extractor, build_extractor
from hapvr.features.teacher import Teacher, build_teacher
from hapvr.project import Project, check_name, need
from hapvr.storage.views import View, write_views
from hapvr.views.clips import Clips
from hapvr.views.options import Views
from hapvr.views.view import augment_view, view_kinds


def views(project: Project, shard: int) -> None:
    """Writes data/{training set}/views/{shard}.h5: features of weak and strong views of its training videos."""
    params = project.params
    check_name("shard", shard, params.views.shards, where="views.shards")
    training_set = params.training_set
    frames = need(project.frames_file(training_set, shard), f"frames@{training_set}-{shard}")
    training = read_dataset(need(project.dataset_file(training_set), f"fetch@{training_set}")).training
    whitening = need(project.whitening_file(params.backbone), f"whiten@{params.backbone}")
    clips = Clips.open([frames], training, torch.device("cpu"))
    torch.set_num_threads(params.features.threads)
    extractor = build_extractor(params.backbone, params.features, project.root, whitening)
    teacher = build_teacher(params.teacher, project.root, batch=params.features.batch)

    def described() -> Iterator[View]:
        for video_id in tqdm(clips.video_ids, f"views {shard}", unit="video"):
            yield from describe_views(video_id, clips, params.views, extractor=extractor, teacher=teacher)

    write_views(project.views_file(shard), described())


def describe_views(
    video_id: str, clips: Clips, options: Views, *, extractor: Extractor, teacher: Teacher
) -> Iterator[View]:
    """Every view of one video, in one pass of the backbone and of the teacher."""
    clip = clips.read(video_id)
    kinds = view_kinds(options)
    images, mixed = zip(
        *(augment_view(video_id, kind, number, clip=clip, clips=clips, params=options) for kind, number in kinds),
        strict=True,
    )
    scaled = torch.cat(images) * 255
    extracted = extractor(scaled)
    features, labels = (part.split(len(clip)) for part in (extracted.regions, teacher(scaled, extracted.pooled)))
    for (kind, number), partner, feature, label in zip(kinds, mixed, features, labels, strict=True):
        yield View(video_id, kind, number, partner, feature.numpy(), label.numpy())
