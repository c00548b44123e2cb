"""Stage `normalise`: the scores of a run on a benchmark, normalised by background videos, as a run of its own."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import torch

from hapvr.datasets.dataset import read_dataset
from hapvr.device import fastest_device
from hapvr.methods.model import load_model
from hapvr.params.runs import NormalisedRun
from hapvr.project import Project
from hapvr.scoring.blocks import Blocks
from hapvr.scoring.normalisation import normalised
from hapvr.scoring.number_format import DTYPES
from hapvr.scoring.subset import Selected
from hapvr.similarity import score
from hapvr.storage.features import FeatureStore
from hapvr.storage.scores import Scores, dtype_of, read_scores, write_scores


def normalise(project: Project, run: str, benchmark: str) -> None:
    """Writes scores/{run}/{benchmark}.h5 from the scores of the run it is `of`; only the background is scored.

    The background is the training set's unlabelled training videos that could be read, in the number format of the
    scores. Interrupted, it goes on at the last finished block. Raises ValueError for a run that normalises no other.
    """
    described = _described(project, run)
    torch.set_num_threads(project.params.score.threads)
    file = project.scores_file(described.of, benchmark)
    dtype = dtype_of(file)
    queries = FeatureStore(_features(project, benchmark))
    background = _background(project)
    kept = project.root / "data" / ".partial" / "normalise" / run / benchmark
    members = {}
    for member, scores in read_scores(file).items():
        folder = project.model_folder(described.of, member)
        settings = {"model": _digest(folder), "queries": scores.queries, "background": background.names}
        similarity = score(
            load_model(folder, background[0].shape[-1]),
            Selected(queries, scores.queries),
            background,
            device=fastest_device(),
            memory_gb=project.params.score.memory_gb,
            dtype=DTYPES[dtype],
            blocks=Blocks(kept, settings | {"dtype": dtype, "features": _stamps(project, benchmark)}),
        )
        levelled: np.ndarray = normalised(scores.similarity, similarity, **described.normalise.model_dump())
        members[member] = Scores(scores.queries, scores.database, levelled)
    write_scores(project.scores_file(run, benchmark), members, dtype=dtype)
    shutil.rmtree(kept, ignore_errors=True)


def _described(project: Project, run: str) -> NormalisedRun:
    found = {name: one for name, one in project.params.runs.items() if isinstance(one, NormalisedRun)}
    if run not in found:
        raise ValueError(f"normalise: run {run!r} is not `of` another in params.yaml; accepted: {', '.join(found)}")
    return found[run]


def _features(project: Project, dataset: str) -> list[Path]:
    return [project.features_file(dataset, shard) for shard in project.params.shards]


def _background(project: Project) -> Selected:
    """The training videos that have features; labelled videos of the training set take no part."""
    training_set = project.params.training_set
    store = FeatureStore(_features(project, training_set))
    training = read_dataset(project.dataset_file(training_set)).training
    found = [video_id for video_id in training if video_id in store]
    if not found:
        raise ValueError(f"{project.dataset_folder(training_set)}/features: no training video could be read")
    return Selected(store, found)


def _digest(model: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(model.glob("*.*"))}


def _stamps(project: Project, benchmark: str) -> list[tuple[str, int, int]]:
    """What a kept block takes for the contents of the feature files: their sizes and times."""
    files = [*_features(project, benchmark), *_features(project, project.params.training_set)]
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
