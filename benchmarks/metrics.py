"""How long the metrics take: FIVR-200K's twelve numbers, and the ratio to the same metrics from Python dicts.

    python benchmarks/metrics.py [--queries 100] [--database 225960] [--members 1]

Ground truth of FIVR-200K's size and shape is made, not fetched. The dict version is the straightforward one: for each
query a dict of scores, sorted; it runs on a smaller slice, and so does ours for the ratio.
"""

import argparse
import resource
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation import evaluate
from hapvr.evaluation.bootstrap import replicates
from hapvr.evaluation.ranking import Rankings
from hapvr.storage.scores import Scores

LABELS = {"DS": ["ND", "DS"], "CS": ["ND", "DS", "CS"], "IS": ["ND", "DS", "CS", "IS"]}
PER_QUERY = {"ND": 50, "DS": 25, "CS": 14, "IS": 35}


def make_dataset(queries: int, database: int) -> Dataset:
    """As many relevant and easy videos per query as FIVR-200K has on average."""
    rng = np.random.default_rng(0)
    names = [f"video{i:07d}" for i in range(database)]
    relevance = {}
    for query in names[:queries]:
        drawn = rng.choice(database, min(sum(PER_QUERY.values()), database), replace=False)
        cuts = np.split(drawn, np.cumsum(list(PER_QUERY.values()))[:-1])
        relevance[query] = {label: [names[i] for i in cut] for label, cut in zip(PER_QUERY, cuts, strict=True)}
    tasks = {
        f"{incident}V{metric}{easy}": Task.model_validate(
            {"metric": metric, "labels": labels, "interpolation": "step", "without_easy": bool(easy)}
        )
        for easy in ("", "_h")
        for metric in ("mAP", "uAP")
        for incident, labels in LABELS.items()
    }
    easy = sorted({video for labels in relevance.values() for video in labels["ND"]})
    return Dataset(
        name="made", videos={}, queries=names[:queries], database=names, relevance=relevance, tasks=tasks, easy=easy
    )


def make_scores(dataset: Dataset) -> Scores:
    rng = np.random.default_rng(1)
    matrix = rng.random((len(dataset.queries), len(dataset.database)), np.float32)
    return Scores(dataset.queries, dataset.database, matrix)


def from_dicts(dataset: Dataset, similarities: dict[str, dict[str, float]]) -> dict[str, float]:
    """The same twelve numbers, one pair at a time."""
    results = {}
    for name, task in dataset.tasks.items():
        easy = set(dataset.easy) if task.without_easy else set()
        precisions, pooled, total = [], [], 0
        for query, scores in similarities.items():
            relevant = {v for label in task.labels for v in dataset.relevance[query][label]} - easy - {query}
            pairs = [(score, v in relevant) for v, score in scores.items() if v != query and v not in easy]
            if task.metric == "uAP":
                pooled += pairs
                total += len(relevant)
            elif relevant:
                precisions.append(average_precision(pairs, len(relevant)))
        results[name] = average_precision(pooled, total) if task.metric == "uAP" else sum(precisions) / len(precisions)
    return results


def average_precision(pairs: list[tuple[float, bool]], relevant: int) -> float:
    found, area = 0, 0.0
    for rank, (_, is_relevant) in enumerate(sorted(pairs, key=lambda pair: pair[0], reverse=True), start=1):
        if is_relevant:
            found += 1
            area += found / rank
    return area / relevant


def measure(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def compare_with_dicts(queries: int, database: int) -> None:
    dataset = make_dataset(queries, database)
    scores = make_scores(dataset)
    similarities = {
        query: dict(zip(scores.database, row.tolist(), strict=True))
        for query, row in zip(scores.queries, scores.similarity, strict=True)
    }
    ours_s, ours = measure(lambda: evaluate(dataset, scores))
    theirs_s, theirs = measure(lambda: from_dicts(dataset, similarities))
    difference = max(abs(ours[name][dataset.tasks[name].metric] - value) for name, value in theirs.items())
    print(
        f"{queries} x {database:,}: dicts {theirs_s:.2f} s, ours {ours_s:.3f} s, ratio {theirs_s / ours_s:.1f}, "
        f"largest difference {difference:.1e} (ties)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=100)
    parser.add_argument("--database", type=int, default=225_960)
    parser.add_argument("--resamples", type=int, default=1000)
    options = parser.parse_args()
    dataset = make_dataset(options.queries, options.database)
    scores = make_scores(dataset)
    seconds, results = measure(lambda: evaluate(dataset, scores))
    memory_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"{options.queries} x {options.database:,}: {len(results)} numbers in {seconds:.2f} s, peak {memory_gb:.2f} GiB"
    )
    rankings = Rankings(dataset, scores)
    ranked = {name: rankings.of(task) for name, task in dataset.tasks.items()}
    seconds, _ = measure(
        lambda: [
            replicates(task, [ranked[name]], resamples=options.resamples, seed=0)
            for name, task in dataset.tasks.items()
        ]
    )
    memory_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{options.resamples} bootstrap resamples of each: {seconds:.2f} s, peak {memory_gb:.2f} GiB")
    compare_with_dicts(min(options.queries, 20), min(options.database, 20_000))


if __name__ == "__main__":
    main()
