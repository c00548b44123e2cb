"""What tables and figures show, worked out anew from the scores, query by query."""

import numpy as np
import pandas as pd
import pytest

from hapvr.reports.figures import components, precision_recall
from hapvr.results import Results
from hapvr.stages.evaluate import evaluate
from hapvr.stages.tables import tables
from hapvr.video.failures import write_failures

RUN, BENCHMARK = "hapvr", "mini_fivr"


def average_precision(similarity: np.ndarray, relevant: np.ndarray) -> float:
    """Mean over the relevant items of the precision down to each, for scores without ties."""
    hits = relevant[np.argsort(-similarity)]
    return float(np.mean(np.cumsum(hits)[hits] / (np.flatnonzero(hits) + 1)))


@pytest.fixture
def by_hand(project):
    """Task → its metric of each member of the run, %, from the scores alone; evaluated by the stage before."""
    for file in project.failures_files(BENCHMARK):
        write_failures(file, [])
    evaluate(project, RUN, BENCHMARK)
    results = Results(project)
    dataset = results.dataset(BENCHMARK)
    found: dict[str, list[float]] = {}
    for scores in results.scores(RUN, BENCHMARK).values():
        for name, task in dataset.tasks.items():
            relevant = np.array(
                [
                    [
                        any(video in dataset.relevance[query].get(label, []) for label in task.labels)
                        for video in scores.database
                    ]
                    for query in scores.queries
                ]
            )
            values = [average_precision(*pair) for pair in zip(scores.similarity, relevant, strict=True)]
            pooled = average_precision(scores.similarity.ravel(), relevant.ravel())
            found.setdefault(name, []).append(100 * (np.mean(values) if task.metric == "mAP" else pooled))
    return found


def test_table_and_bars_are_the_metrics_of_the_scores(project, by_hand):
    tables(project, "ablation")
    table = pd.read_csv(project.reports / "tables" / "ablation.csv")
    rows = table[(table["run"] == RUN) & (table["convention"] == "available")].set_index("task")
    for task, values in by_hand.items():
        assert rows.loc[task, "mean"] == pytest.approx(np.mean(values), abs=1e-4)
        assert rows.loc[task, "sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-4)
        assert rows.loc[task, "low"] <= np.mean(values) <= rows.loc[task, "high"]
    line = next(
        line for line in (project.reports / "tables" / "ablation.md").read_text().splitlines() if "HAP-VR" in line
    )
    assert f"{np.mean(by_hand['DSVR']):.1f} ± {np.std(by_hand['DSVR'], ddof=1):.1f}" in line.replace("*", "")
    drawn = components.draw(Results(project), **project.params.shown("components"))
    heights = drawn.rows[drawn.rows["run"] == RUN].set_index("task")["mean"]
    assert heights["DSVR"] == pytest.approx(np.mean(by_hand["DSVR"]), abs=1e-4)
    assert heights["DSVD"] == pytest.approx(np.mean(by_hand["DSVD"]), abs=1e-4)


def test_area_under_the_curve_that_is_seen_is_the_metric_of_the_scores(project, by_hand):
    shown = {"runs": [RUN], "benchmarks": [BENCHMARK]}
    drawn = precision_recall.draw(Results(project), **shown)
    curve = drawn.rows[drawn.rows["task"] == "DSVD"]
    area = 100 * np.trapezoid(curve[RUN], curve["recall"])
    assert area == pytest.approx(np.mean(by_hand["DSVD"]), abs=2.5)
