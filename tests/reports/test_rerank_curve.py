"""Re-ranking: the ends of every curve are the two runs, and a perfect choice is above a random one."""

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, Task
from hapvr.reports.figures.rerank_curve import CHOICES, draw, rerank_curves
from hapvr.storage.scores import Scores

SHARES = [0.0, 0.25, 1.0]
QUERIES, DATABASE = ["q0", "q1"], ["v0", "v1", "v2", "v3"]
DATASET = Dataset(
    name="d",
    videos={},
    queries=QUERIES,
    database=DATABASE,
    relevance={"q0": {"ND": ["v0"]}, "q1": {"ND": ["v3"]}},
    tasks={
        "DSVR": Task(metric="mAP", labels=["ND"], interpolation="step"),
        "DSVD": Task(metric="uAP", labels=["ND"], interpolation="step"),
    },
)


def members(values: list[list[float]]) -> dict[str, Scores]:
    return {"0": Scores(QUERIES, DATABASE, np.array(values, np.float32))}


def test_values_by_hand() -> None:
    # Coarse has the relevant video last, of four; fine has it first. The selector is sure of the relevant one.
    coarse = members([[0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]])
    fine = members([[0.9, 0, 0, 0], [0, 0, 0, 0.9]])
    confidence = members([[1, 0, 0, 0], [0, 0, 0, 1]])
    curves = rerank_curves(DATASET, coarse, fine, confidence, SHARES)
    assert set(curves["task"]) == {"DSVR"}
    values = curves.set_index(["choice", "share"])["value"]
    for choice in CHOICES:
        assert values[choice, 0.0] == pytest.approx(25)
        assert values[choice, 1.0] == pytest.approx(100)
    assert values["selector", 0.25] == pytest.approx(100)
    # The most similar one, which is not relevant, gets 0.5.
    assert values["most similar first", 0.25] == pytest.approx(25)


def test_a_panel_per_retrieval_task_and_a_curve_per_choice(project, results) -> None:
    figure = draw(results, **project.params.shown("rerank_curve")).figure
    titles = [axes.get_title("left") for axes in figure.axes]
    assert titles == [f"mini_fivr {task} mAP" for task in ("DSVR", "CSVR", "ISVR")]
    for axes in figure.axes:
        assert len(axes.lines) == len(CHOICES)
        assert len({line.get_ydata()[0] for line in axes.lines}) == 1
