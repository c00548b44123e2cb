"""Stage `rerank`: coarse scores, and fine ones for the pairs that a selector finds worth it, as a run of their own."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from hapvr.methods.model import load_model
from hapvr.project import Project, check_name, need
from hapvr.scoring.reading import Subset
from hapvr.scoring.reranking import rerank as rerank_scores
from hapvr.storage.features import FeatureStore
from hapvr.storage.scores import Scores, dtype_of, read_scores, write_scores


def rerank(project: Project, run: str, benchmark: str) -> None:
    """Writes scores/{run}/{benchmark}.h5 and, of the selector, scores/{run}/confidence/{benchmark}.h5.

    Each member is made of the members of that name of its three runs. Raises ValueError for scores of other members or
    other videos, or of videos without features.
    """
    params = project.params
    check_name("run", run, params.reranked, where="the runs that are re-ranked")
    check_name("benchmark", benchmark, params.benchmarks_of(run), where=f"the benchmarks of {run}")
    parts = params.reranking_of(run)
    models = project.model_folders(parts.selector)
    coarse, fine = (_read_members(project, of, benchmark, models) for of in (parts.coarse, parts.fine))
    store = FeatureStore(project.features_files(benchmark))
    _check_features(project.scores_file(parts.coarse, benchmark), coarse, store, f"score@{parts.coarse}-{benchmark}")
    confidences, scores = {}, {}
    for member, folder in models.items():
        first, second = coarse[member], fine[member]
        if (first.queries, first.database) != (second.queries, second.database):
            both = f"score@{parts.coarse}-{benchmark} score@{parts.fine}-{benchmark}"
            raise ValueError(
                f"scores of {parts.coarse} and {parts.fine} on {benchmark}: expected the same queries and videos, "
                f"found others; make both again with `dvc repro {both}`"
            )
        selector = load_model(folder, params.whiten.dims)
        confidence = select(selector, store, first, f"select {benchmark} {member}")
        similarity = rerank_scores(first.similarity, second.similarity / 2 + 0.5, confidence, share=parts.share)
        confidences[member] = Scores(first.queries, first.database, confidence)
        scores[member] = Scores(first.queries, first.database, similarity)
    write_scores(project.confidence_file(run, benchmark), confidences, dtype="float32")
    number_format = dtype_of(project.scores_file(parts.coarse, benchmark))
    write_scores(project.scores_file(run, benchmark), scores, dtype=number_format)


def _read_members(project: Project, run: str, benchmark: str, members: Iterable[str]) -> dict[str, Scores]:
    """Scores of a run on a benchmark. Raises ValueError where those of a member are not among them."""
    stage = f"score@{run}-{benchmark}"
    file = need(project.scores_file(run, benchmark), stage)
    found = read_scores(file)
    if missing := [member for member in members if member not in found]:
        raise ValueError(
            f"{file}: expected scores of {', '.join(missing)}, found {', '.join(found)}; make it again with "
            f"`dvc repro {stage}`"
        )
    return found


def _check_features(file: Path, scores: Mapping[str, Scores], store: FeatureStore, stage: str) -> None:
    """Raises ValueError for scores of a video without features."""
    first = next(iter(scores.values()))
    if missing := [video for video in [*first.queries, *first.database] if video not in store]:
        raise ValueError(
            f"{file}: video {missing[0]!r} has no features now; make the file again with `dvc repro {stage}`"
        )


@torch.inference_mode()
def select(selector: Any, store: FeatureStore, coarse: Scores, what: str) -> np.ndarray:
    """Confidence of every query and video, float32 [Q, N], each of which is read and described once, progress shown."""
    torch.set_num_threads(1)
    names = list(dict.fromkeys([*coarse.queries, *coarse.database]))
    videos = Subset(store, names)
    numbers = {
        name: selector.index(torch.from_numpy(video)) for name, video in zip(names, tqdm(videos, what), strict=True)
    }
    targets = torch.stack([numbers[name] for name in coarse.database])
    rows = [
        selector.confidence(numbers[query].expand_as(targets), targets, torch.from_numpy(similarity))
        for query, similarity in zip(coarse.queries, coarse.similarity, strict=True)
    ]
    return torch.stack(rows).numpy()
