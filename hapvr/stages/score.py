"""Stage `score`: similarity of every query of a benchmark to its database, for every member of a run."""

import hashlib
import shutil
from pathlib import Path

import torch

from hapvr.datasets.dataset import read_dataset
from hapvr.device import fastest_device
from hapvr.methods.model import load_model
from hapvr.project import Project
from hapvr.scoring.blocks import Blocks
from hapvr.scoring.number_format import DTYPES, choose
from hapvr.scoring.scoring import Part
from hapvr.scoring.scoring import score as score_videos
from hapvr.scoring.subset import Selected
from hapvr.storage.features import FeatureStore
from hapvr.storage.scores import Scores, write_scores


def score(project: Project, run: str, benchmark: str, part: Part | None = None) -> None:
    """Writes scores/{run}/{benchmark}.h5. Queries and videos without features are left out: they are missing.

    Interrupted, it goes on at the last finished block. With `part`, that part's blocks are computed and kept
    in data/.partial, for a later call without `part` to put together. Raises ValueError without features.
    """
    params = project.params
    torch.set_num_threads(params.score.threads)
    dataset = read_dataset(project.dataset_file(benchmark))
    files = [project.features_file(benchmark, shard) for shard in params.shards]
    store = FeatureStore(files)
    queries = [video_id for video_id in dataset.queries if video_id in store]
    database = [video_id for video_id in dataset.database if video_id in store]
    if not queries or not database:
        raise ValueError(f"{project.dataset_folder(benchmark)}/features: no query or no database video could be read")
    dims = store[queries[0]].shape[-1]
    dtype = choose(params.score.dtype, fastest_device())
    kept = project.root / "data" / ".partial" / "scores" / run / benchmark
    members = {}
    for member in project.members(run):
        folder = project.model_folder(run, member)
        similarity = score_videos(
            load_model(folder, dims),
            Selected(store, queries),
            Selected(store, database),
            device=fastest_device(),
            memory_gb=params.score.memory_gb,
            dtype=DTYPES[dtype],
            blocks=Blocks(kept, _settings(folder, files, queries, database, dtype)),
            part=part,
        )
        members[member] = Scores(queries, database, similarity)
    if part is None:
        write_scores(project.scores_file(run, benchmark), members, dtype=dtype)
        shutil.rmtree(kept, ignore_errors=True)


def _settings(
    model: Path, features: list[Path], queries: list[str], database: list[str], dtype: str
) -> dict[str, object]:
    """What a kept block depends on: the bytes of the model, the feature files by size and time, the ids."""
    weights = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(model.glob("*.*"))}
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in features]
    return {"model": weights, "features": stamps, "ids": [queries, database], "dtype": dtype}
