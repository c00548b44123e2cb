"""The source of batches that `train.source` names."""

from pathlib import Path

from hapvr.features.extractor import Extractor
from hapvr.features.teacher import teacher_of
from hapvr.project import Project
from hapvr.storage.views import read_views
from hapvr.training.bank import ViewBank
from hapvr.training.batches import BatchSource
from hapvr.training.online import OnlineSource
from hapvr.views.clips import Clips

# A view bank up to this size is held in memory; from disk, a batch of the mini preset takes three times as long.
BANK_GB = 2.0


def batch_source(project: Project, seed: int) -> BatchSource:
    """Batches of the training set's view bank or of its frames, for a training with this seed.

    Raises ValueError if there are too few videos for a batch.
    """
    if project.params.train.source == "frames":
        return _online(project, seed)
    return ViewBank(read_views(source_files(project), memory_gb=BANK_GB), project.params.train, seed)


def source_files(project: Project) -> list[Path]:
    """The files that these batches are made of."""
    params = project.params
    if params.train.source == "views":
        return [project.views_file(shard) for shard in params.views.shards]
    frames = [project.frames_file(params.training_set, shard) for shard in params.shards]
    weights = [project.root / path for path in (params.features.weights, params.teacher.weights) if path]
    return [*frames, project.dataset_file(params.training_set), project.whitening_file(params.backbone), *weights]


def _online(project: Project, seed: int) -> OnlineSource:
    params = project.params
    extractor = Extractor.of(project)
    return OnlineSource(
        Clips.of(project, params.shards, extractor.device),
        extractor,
        teacher_of(project),
        dims=params.whiten.dims,
        views=params.views,
        train=params.train,
        seed=seed,
    )
