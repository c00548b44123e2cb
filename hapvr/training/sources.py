"""Where the batches of a project come from, as `train.source` says."""

from pathlib import Path

from hapvr.project import Project
from hapvr.storage.views import read_views
from hapvr.training.bank import ViewBank
from hapvr.training.batches import BatchSource


def batch_source(project: Project, seed: int) -> BatchSource:
    """Batches of the training set for one seed. Raises ValueError for a source that does not exist."""
    params = project.params.train
    if params.source == "views":
        return ViewBank(read_views(source_files(project)), params, seed)
    raise ValueError(f"train.source: {params.source} found; only views can be trained on, put source: views")


def source_files(project: Project) -> list[Path]:
    """The files that these batches are made of."""
    return [project.views_file(shard) for shard in project.params.shards]
