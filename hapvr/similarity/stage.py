"""Stage `score`: similarity of every query of a benchmark to its database, for every member of a run."""

from collections.abc import Sequence

import numpy as np
import torch

from hapvr.datasets.dataset import read_dataset
from hapvr.device import fastest_device
from hapvr.project import Project
from hapvr.similarity.model import load_model
from hapvr.similarity.scoring import score as score_videos
from hapvr.storage.features import FeatureStore
from hapvr.storage.scores import Scores, write_scores


class _Selected(Sequence[np.ndarray]):
    """Some videos of a store, as a sequence; each is read when asked for."""

    def __init__(self, store: FeatureStore, video_ids: list[str]) -> None:
        self.store, self.video_ids = store, video_ids

    def __getitem__(self, position):  # type: ignore[no-untyped-def]
        return self.store[self.video_ids[position]]

    def __len__(self) -> int:
        return len(self.video_ids)


def score(project: Project, run: str, benchmark: str) -> None:
    """Writes scores/{run}/{benchmark}.h5. Queries and videos without features are left out: they are missing."""
    params = project.params
    torch.set_num_threads(params.score.threads)
    dataset = read_dataset(project.dataset_file(benchmark))
    store = FeatureStore(project.features_file(benchmark, shard) for shard in params.shards)
    queries = [video_id for video_id in dataset.queries if video_id in store]
    database = [video_id for video_id in dataset.database if video_id in store]
    if not queries or not database:
        raise ValueError(f"{project.dataset_folder(benchmark)}/features: no query or no database video could be read")
    dims = store[queries[0]].shape[-1]
    members = {}
    for member in project.members(run):
        model = load_model(project.model_folder(run, member), dims)
        similarity = score_videos(
            model,
            _Selected(store, queries),
            _Selected(store, database),
            device=fastest_device(),
            memory_gb=params.score.memory_gb,
        )
        members[member] = Scores(queries, database, similarity)
    write_scores(project.scores_file(run, benchmark), members)
