"""What finished stages made, read as values; what is missing is named with the command that makes it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.evaluation.restriction import read_list, restrict
from hapvr.params.runs import Reranking
from hapvr.project import Project, need
from hapvr.storage.frames import read_frames
from hapvr.storage.scores import Scores, read_scores
from hapvr.views.options import Temporal, Views

if TYPE_CHECKING:
    from hapvr.views.clips import Clips


@dataclass(frozen=True)
class Results:
    """Results of a project for tables, figures and the page, which know nothing of where they lie."""

    project: Project

    @cached_property
    def labels(self) -> dict[str, str]:
        """Run → its name in tables and figures, in the order of params.yaml."""
        return {name: run.label for name, run in self.project.params.runs.items()}

    def members(self, run: str) -> list[str]:
        """Names of the members of a run: its seeds, or `frozen`."""
        return self.project.members(run)

    def dataset(self, name: str) -> Dataset:
        """Ground truth of a dataset, `restricted`."""
        return self.restricted(read_dataset(need(self.project.dataset_file(name), f"fetch@{name}")))

    def restricted(self, dataset: Dataset) -> Dataset:
        """A benchmark with only the videos that `evaluate.restrict_to` names, if it does; others as they are."""
        file = self.project.restriction_file(dataset.name)
        return dataset if file is None else restrict(dataset, read_list(file, dataset))

    def availability(self, benchmark: str) -> dict[str, Any]:
        """How many videos of a benchmark were found, and how many pairs of its ground truth were lost with the rest."""
        return _read_json(self.project.availability_file(benchmark), f"availability@{benchmark}")

    def scores(self, run: str, benchmark: str) -> dict[str, Scores]:
        """Member → scores of a run on a benchmark."""
        params = self.project.params
        stage = "normalise" if run in params.normalised else "rerank" if run in params.reranked else "score"
        return read_scores(need(self.project.scores_file(run, benchmark), f"{stage}@{run}-{benchmark}"))

    def confidence(self, run: str, benchmark: str) -> dict[str, Scores]:
        """Member → how much the selector of a re-ranked run would have the fine score of each pair, in [0, 1]."""
        return read_scores(need(self.project.confidence_file(run, benchmark), f"rerank@{run}-{benchmark}"))

    def reranking(self, run: str) -> Reranking:
        """What a re-ranked run is made of."""
        return self.project.params.reranking_of(run)

    def metrics(self, runs: Iterable[str], benchmarks: Iterable[str]) -> pd.DataFrame:
        """One row per run, member, task, group, metric and convention, in the order of `runs` and `benchmarks`.

        Columns: run, label, benchmark, member, task, group (empty: all queries), metric, convention, value (%), and the
        counts of queries, relevant videos and missing ones.
        """
        metrics = self._read_evaluated("metrics", runs, benchmarks)
        metrics["value"] *= 100
        return metrics

    def curves(self, runs: Iterable[str], benchmarks: Iterable[str]) -> pd.DataFrame:
        """Precision-recall curves: run, label, benchmark, task, member, recall and precision (fractions)."""
        return self._read_evaluated("curves", runs, benchmarks)

    def summary(self, run: str, benchmark: str) -> dict[str, Any]:
        """Task → values of a run on a benchmark, and what was missing."""
        return _read_json(self.project.reports / "metrics" / benchmark / f"{run}.json", f"evaluate@{run}-{benchmark}")

    def table(self, name: str, stage: str) -> pd.DataFrame:
        """A table of an earlier stage."""
        return pd.read_csv(need(self.project.reports / "tables" / f"{name}.csv", stage), dtype={"member": str})

    def images(self, dataset: str, video_ids: set[str]) -> dict[str, list[np.ndarray]]:
        """Video id → its sampled frames, [H, W, 3] uint8 each, of those videos that could be read."""
        files = self.project.frames_files(dataset)
        return {video.video_id: list(video.images()) for file in files for video in read_frames(file, video_ids)}

    def training_log(self, run: str, member: str) -> pd.DataFrame:
        """The log of one training: step, and a column per value; empty where a step has none."""
        folder = self.project.live_folder(run, member) / "plots" / "metrics"
        files = sorted(folder.glob("*.tsv"))
        if not files:
            raise FileNotFoundError(f"{folder}: no logs; make them with `dvc repro train@{run}-{member}`")
        columns = [pd.read_csv(file, sep="\t").set_index("step")[file.stem] for file in files]
        return pd.concat(columns, axis=1).sort_index().reset_index()

    def picture(self, figure: str, suffix: str) -> bytes:
        """The file of a figure."""
        return need(self.project.reports / "figures" / f"{figure}{suffix}", f"figures@{figure}").read_bytes()

    @property
    def views(self) -> Views:
        """How views are augmented in space."""
        return self.project.params.views

    @property
    def temporal(self) -> Temporal:
        """How views are augmented in time."""
        return self.project.params.train.temporal

    def training_clips(self) -> "list[Clips]":
        """The training videos of each shard, on the CPU."""
        # Importing torch takes a second or two; most tables and figures do not need it.
        import torch

        from hapvr.views.clips import Clips

        name = self.project.params.training_set
        training = self.dataset(name).training
        return [Clips.open([file], training, torch.device("cpu")) for file in self.project.frames_files(name)]

    def _read_evaluated(self, kind: str, runs: Iterable[str], benchmarks: Iterable[str]) -> pd.DataFrame:
        runs = list(runs)
        parts = []
        for benchmark in benchmarks:
            for run in runs:
                file = self.project.reports / kind / benchmark / f"{run}.csv"
                need(file, f"evaluate@{run}-{benchmark}")
                # Only a value can be missing: a group may well be called NA.
                text = {"member": str, "group": str}
                part = pd.read_csv(file, dtype=text, keep_default_na=False, na_values={"value": [""]})
                parts.append(part.assign(run=run, label=self.labels[run], benchmark=benchmark))
        return pd.concat(parts, ignore_index=True)


def _read_json(file: Path, stage: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(need(file, stage).read_text(encoding="utf-8"))
    return content
