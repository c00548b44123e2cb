"""What the stage writes."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, Task, write_dataset
from hapvr.evaluation.metrics import evaluate as metrics
from hapvr.project import Project
from hapvr.stages.evaluate import evaluate
from hapvr.storage.scores import Scores, write_scores
from hapvr.video.failures import Failure, write_failures

ROOT = Path(__file__).parents[2]
RUN, BENCHMARK = "hapvr", "mini_evve"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    shutil.copy(ROOT / "presets" / "mini.yaml", tmp_path / "params.yaml")
    return Project(tmp_path)


def make_dataset() -> Dataset:
    queries, database = [f"q{i}" for i in range(8)], [f"v{i}" for i in range(40)]
    return Dataset(
        name=BENCHMARK,
        videos={},
        queries=queries,
        database=database,
        relevance={query: {"r": database[i : i + 4]} for i, query in enumerate(queries)},
        tasks={
            "EVVR": Task(metric="mAP", labels=["r"], interpolation="trapezoid"),
            "EVVD": Task(metric="uAP", labels=["r"], interpolation="step"),
        },
        groups={"even": queries[::2], "odd": queries[1::2]},
    )


def write_inputs(project: Project, members: int) -> dict[str, Scores]:
    """Query q7 and video v0 are missing."""
    dataset = make_dataset()
    rng = np.random.default_rng(0)
    relevant = np.array([[v in dataset.relevance[q]["r"] for v in dataset.database] for q in dataset.queries])
    scores = {
        str(seed): Scores(
            dataset.queries[:-1], dataset.database[1:], (rng.random((8, 40)) + 0.4 * relevant)[:-1, 1:].astype("f4")
        )
        for seed in range(members)
    }
    write_dataset(project.dataset_file(BENCHMARK), dataset)
    write_scores(project.scores_file(RUN, BENCHMARK), scores, dtype="float32")
    return scores


def read_csv(project: Project, kind: str) -> list[dict[str, str]]:
    with (project.reports / kind / BENCHMARK / f"{RUN}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_summary_is_mean_and_deviation_over_members(project: Project) -> None:
    scores = write_inputs(project, 3)
    evaluate(project, RUN, BENCHMARK)
    summary = json.loads((project.reports / "metrics" / BENCHMARK / f"{RUN}.json").read_text())
    for task, metric in (("EVVR", "mAP"), ("EVVD", "uAP")):
        results = [metrics(make_dataset(), one)[task] for one in scores.values()]
        values = [result[metric] for result in results]
        assert summary[task][metric] == pytest.approx(np.mean(values), abs=1e-9)
        assert summary[task][f"{metric}_sd"] == pytest.approx(np.std(values, ddof=1), abs=1e-9)
        strict = np.mean([result[f"{metric}_strict"] for result in results])
        assert summary[task][f"{metric}_strict"] == pytest.approx(strict, abs=1e-9)
        assert summary[task][f"{metric}_low"] < summary[task][metric] < summary[task][f"{metric}_high"]
        assert "AP" not in summary[task]
    assert summary["missing"] == {"queries": 1, "queries_of": 8, "database": 1, "database_of": 40, "salvaged": 0}


def test_damaged_videos_that_were_read_in_part_are_counted(project: Project) -> None:
    write_inputs(project, 1)
    failures = [Failure("v3", "damaged", 5.0), Failure("v0", "unreadable", 0.0), Failure("elsewhere", "damaged", 5.0)]
    write_failures(project.failures_file(BENCHMARK, 1), failures)
    evaluate(project, RUN, BENCHMARK)
    summary = json.loads((project.reports / "metrics" / BENCHMARK / f"{RUN}.json").read_text())
    assert summary["missing"]["salvaged"] == 1


def test_one_member_has_no_deviation(project: Project) -> None:
    write_inputs(project, 1)
    evaluate(project, RUN, BENCHMARK)
    summary = json.loads((project.reports / "metrics" / BENCHMARK / f"{RUN}.json").read_text())
    assert set(summary["EVVR"]) == {"mAP", "mAP_strict", "mAP_low", "mAP_high"}


def test_rows_state_convention_and_what_is_missing(project: Project) -> None:
    write_inputs(project, 2)
    evaluate(project, RUN, BENCHMARK)
    rows = read_csv(project, "metrics")
    assert [(row["task"], row["member"], row["convention"]) for row in rows[:4]] == [
        ("EVVR", "0", "available"), ("EVVR", "0", "strict"), ("EVVR", "1", "available"), ("EVVR", "1", "strict"),
    ]  # fmt: skip
    # q7 has 4 relevant videos, and v0 is relevant to q0 only.
    for row in (row for row in rows if not row["group"]):
        assert (row["queries"], row["missing_queries"], row["relevant"], row["missing_relevant"]) == (
            "8", "1", "32", "5",
        )  # fmt: skip
    assert float(rows[0]["value"]) > float(rows[1]["value"])


def test_groups_are_rows_of_the_map_task(project: Project) -> None:
    scores = write_inputs(project, 1)
    evaluate(project, RUN, BENCHMARK)
    rows = [row for row in read_csv(project, "metrics") if row["convention"] == "available" and row["group"]]
    assert [(row["task"], row["group"], row["queries"]) for row in rows] == [
        ("EVVR", "even", "4"),
        ("EVVR", "odd", "4"),
    ]
    # q7 is missing, so 4 even and 3 odd queries make the mean.
    whole = metrics(make_dataset(), scores["0"])["EVVR"]["mAP"]
    assert (4 * float(rows[0]["value"]) + 3 * float(rows[1]["value"])) / 7 == pytest.approx(whole, abs=1e-9)


def test_intervals_are_of_groups_of_queries(project: Project) -> None:
    scores = write_inputs(project, members=1)["0"]
    evaluate(project, RUN, BENCHMARK)
    summary = json.loads((project.reports / "metrics" / BENCHMARK / f"{RUN}.json").read_text())["EVVR"]
    dataset = make_dataset()
    halves = [dataset.model_copy(update={"queries": queries}) for queries in dataset.groups.values()]
    # Of two groups, one in two draws has one of them twice: the bounds are the values of the groups themselves.
    values = sorted(metrics(half, scores)["EVVR"]["mAP"] for half in halves)
    assert [summary["mAP_low"], summary["mAP_high"]] == pytest.approx(values)


def test_curves_have_at_most_the_points_asked_for(project: Project) -> None:
    write_inputs(project, 2)
    evaluate(project, RUN, BENCHMARK)
    rows = read_csv(project, "curves")
    assert {(row["task"], row["member"]) for row in rows} == {(t, m) for t in ("EVVR", "EVVD") for m in "01"}
    assert sum(row["task"] == "EVVR" and row["member"] == "0" for row in rows) == 200


def test_same_inputs_give_the_same_bytes(project: Project) -> None:
    write_inputs(project, 2)
    written = []
    for _ in range(2):
        evaluate(project, RUN, BENCHMARK)
        written.append({path.name: path.read_bytes() for path in sorted(project.reports.rglob("*.*"))})
        shutil.rmtree(project.reports)
    assert written[0] == written[1]


def test_task_that_cannot_be_answered_leaves_its_value_out(project: Project) -> None:
    scores = write_inputs(project, 1)["0"]
    nobody = Scores([], scores.database, np.empty((0, 39), np.float32))
    write_scores(project.scores_file(RUN, BENCHMARK), {"0": nobody}, dtype="float32")
    evaluate(project, RUN, BENCHMARK)
    summary = json.loads((project.reports / "metrics" / BENCHMARK / f"{RUN}.json").read_text())
    assert summary["EVVR"] == {"mAP_strict": 0.0}
    assert summary["EVVD"] == {"uAP_strict": 0.0}


def test_training_set_is_no_benchmark(project: Project) -> None:
    write_inputs(project, 1)
    write_dataset(project.dataset_file(BENCHMARK), make_dataset().model_copy(update={"tasks": {}}))
    with pytest.raises(ValueError, match=r"mini_evve: tasks: expected at least one, found none"):
        evaluate(project, RUN, BENCHMARK)


def test_a_dataset_that_is_no_benchmark_is_refused_and_nothing_is_written(project: Project) -> None:
    with pytest.raises(ValueError, match=r"benchmark 'mini_vcdb': not in the benchmarks of"):
        evaluate(project, RUN, "mini_vcdb")
    with pytest.raises(
        ValueError, match=r"run 'hapv': not in the runs with scores of params.yaml; accepted: hapvr, s2vs"
    ):
        evaluate(project, "hapv", BENCHMARK)
    assert not project.reports.exists()


@pytest.mark.parametrize(("run", "stage"), [("hapvr", "score"), ("hapvr_normalised", "normalise")])
def test_missing_scores_are_named_with_the_command_that_makes_them(project: Project, run: str, stage: str) -> None:
    write_inputs(project, 1)
    project.scores_file(RUN, BENCHMARK).unlink()
    with pytest.raises(FileNotFoundError, match=rf"no such file; make it with `dvc repro {stage}@{run}-mini_evve`"):
        evaluate(project, run, BENCHMARK)
