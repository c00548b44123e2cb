"""Runs of a project on resampled queries, for tests of differences. Apart from `results`, which figures read too."""

from collections.abc import Iterable, Mapping

from hapvr.datasets.dataset import Dataset
from hapvr.evaluation.bootstrap import ResampledRun
from hapvr.results import Results
from hapvr.storage.scores import Scores


def resample_run(results: Results, dataset: Dataset, scores: Mapping[str, Scores]) -> ResampledRun:
    """One run with the resamples that params.yaml asks for."""
    params = results.project.params
    return ResampledRun(dataset, scores, resamples=params.differences.resamples, seed=params.evaluate.seed)


def resample_runs(results: Results, runs: Iterable[str], benchmark: str) -> dict[str, ResampledRun]:
    """Run → what it is on resampled queries of a benchmark."""
    dataset = results.dataset(benchmark)
    return {run: resample_run(results, dataset, results.scores(run, benchmark)) for run in runs}
