"""What a search sees in clips and their edits, by one model, and how well that tells copies."""

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from calibration import fit
from clip_edits import EDITS
from copy_pairs import (
    COPY,
    OTHER,
    SCENE,
    Pair,
    Seen,
    examine_pairs,
    match_pairs,
    overlap,
    pairs_of_dataset,
    pairs_of_footage,
    thirds,
)  # fmt: skip
from footage import Footage, list_reasons
from real_clips import update_features
from torch import nn

from hapvr.datasets.dataset import read_dataset
from hapvr.evaluation.average_precision import area
from hapvr.evaluation.ranking import Ranking
from hapvr.project import Project
from hapvr.search.answers.answer import Findings
from hapvr.search.answers.calibration import Logistic
from hapvr.search.answers.evidence import Evidence
from hapvr.search.files.describe import Describer
from hapvr.storage.features import FeatureStore

SHOWN = (*EDITS, "interrupted")


@dataclass(frozen=True)
class Source:
    """Pairs, and the videos that they are of."""

    name: str
    pairs: list[Pair]
    seen: Seen


def see_footage(describer: Describer, footage: Footage, work: Path, *, edits: Collection[str]) -> Source:
    """Clips, these edits of them and their thirds, as a search with this describer sees them."""
    plans = [plan for plan in footage.plans if plan.edit in edits]
    names = [*(clip.id for clip in footage.clips), *(plan.id for plan in plans)]
    footage = Footage(footage.clips, plans, {name: footage.files[name] for name in names})
    index, unreadable = update_features(work, describer, footage.files)
    list_reasons("unreadable, missing in the results", unreadable)
    fps, names = describer.made_with["fps"], [name for name in footage.files if name not in unreadable]
    with index.features() as features:
        found = {name: features[name] for name in names}
        times = {name: features.times(name, fps) for name in names}
    clips = [clip.id for clip in footage.clips]
    mirrored = {clip.id: describer.mirrored(describer.sample(clip.path)) for clip in footage.clips}
    seen, parts = thirds(Seen(found, times, mirrored, describer.views, fps), clips)
    return Source(work.name, [*pairs_of_footage(footage), *parts], seen)


def see_rendered(project: Project) -> Source:
    """Rendered videos: the development benchmark where it has been made, else the labelled core of the training set.

    One query of each group; without mirror images, which would need the frames.
    """
    params = project.params
    name = "mini_dev" if project.features_file("mini_dev", params.shards[0]).exists() else params.training_set
    store, dataset = FeatureStore(project.features_files(name)), read_dataset(project.dataset_file(name))
    queries = [of[0] for of in dataset.groups.values()] if dataset.groups else dataset.queries
    names = [video for video in dict.fromkeys([*queries, *dataset.database]) if video in store]
    times = {video: np.arange(store.frames(video)) / params.frames.fps for video in names}
    seen = Seen({video: store[video] for video in names}, times, {}, 1, params.frames.fps)
    return Source(name, [pair for pair in pairs_of_dataset(dataset, seen.features) if pair.query in queries], seen)


def study(model: nn.Module, source: Source, *, memory_gb: float, looked: pd.DataFrame | None = None) -> pd.DataFrame:
    """A row per pair: what is known of it, its score and the rest of its evidence, flipped, and how ranges overlap.

    looked: the rows of another model; where frames have one view, all but the scores is the same.
    """
    matches = match_pairs(model, source.pairs, source.seen, memory_gb=memory_gb)
    if looked is not None and source.seen.views == 1:
        return looked.assign(score=[match.score for match in matches])
    findings = examine_pairs(source.pairs, matches, source.seen)
    rows = [_row(pair, found, source.seen) for pair, found in zip(source.pairs, findings, strict=True)]
    return pd.DataFrame(rows).assign(source=source.name)


def _row(pair: Pair, found: Findings, seen: Seen) -> dict[str, Any]:
    known = {"query": pair.query, "video": pair.video, "kind": pair.kind, "edit": pair.edit}
    shared = overlap(pair, found, seen) if pair.truth else None
    return {**known, **found.evidence._asdict(), "flipped": found.flipped, "overlap": shared}


def calibrate(table: pd.DataFrame) -> dict[str, Logistic]:
    """Of a copy, and of a copy or the same scene. Every source weighs the same, however many pairs it has."""
    evidence = list(table[list(Evidence._fields)].itertuples(index=False, name=None))
    weights = 1 / table.groupby("source")["source"].transform("size").to_numpy()
    wanted = {"copy": table.kind == COPY, "related": table.kind != OTHER}
    return {name: fit(evidence, kind.to_numpy(), weights) for name, kind in wanted.items()}


def sure(logistic: Logistic, table: pd.DataFrame) -> np.ndarray:
    """The probability of each row."""
    return np.array([logistic(Evidence(*row)) for row in table[list(Evidence._fields)].itertuples(index=False)])


def average_precision(table: pd.DataFrame, by: str) -> dict[str, float]:
    """Edit → mAP when each query ranks one edited copy and all that is no copy; AP is 1 / rank, ties count half.

    `uAP`: of all copies among all pairs, in one list.
    """
    found: dict[str, list[float]] = {edit: [] for edit in SHOWN}
    for _, of_query in table.groupby("query"):
        others = of_query[of_query.kind == OTHER][by].to_numpy()
        for edit, value in of_query[of_query.edit.isin(SHOWN)][["edit", by]].itertuples(index=False):
            found[edit].append(1 / (1 + (others > value).sum() + (others == value).sum() / 2))
    values = {edit: float(np.mean(of)) for edit, of in found.items() if of}
    copies, ranked = np.sort(table[table.kind == COPY][by]), np.sort(table[table.kind != SCENE][by])
    return values | {"uAP": area([Ranking("all", len(copies), copies, ranked)], "step") / len(copies)}


def recall(table: pd.DataFrame, said: np.ndarray) -> dict[str, str]:
    """Edit → how many of its copies are said to be some, of how many; and of what is no copy."""
    counts = {edit: (said & (table.edit == edit), table.edit == edit) for edit in SHOWN}
    counts |= {kind: (said & (table.kind == kind), table.kind == kind) for kind in (OTHER, SCENE)}
    return {name: f"{found.sum()} of {all_of.sum()}" for name, (found, all_of) in counts.items() if all_of.any()}


def describing_s(describer: Describer, footage: Footage) -> float:
    """CPU seconds that describing the clips takes, decoding included."""
    start = os.times()
    for clip in footage.clips:
        describer(clip.path)
    return sum(end - begin for begin, end in zip(start[:4], os.times()[:4], strict=True))
