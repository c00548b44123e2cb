"""`hapvr differences` for two runs, and for a run at two commits of a small DVC repository."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hapvr.cli import cli
from hapvr.datasets.dataset import Dataset, Task, write_dataset
from hapvr.params import Params
from hapvr.project import Project
from hapvr.storage.scores import Scores, write_scores

REPOSITORY = Path(__file__).parents[2]
PIPELINE = """
stages:
  fetch:
    cmd: test -e data/mini_fivr/dataset.json
    params: [fetch.mini_fivr.seed]
    outs: [data/mini_fivr/dataset.json: {persist: true}]
  score:
    cmd: test -e scores/hapvr/mini_fivr.h5
    params: [train.steps]
    outs: [scores/hapvr/mini_fivr.h5: {persist: true}]
"""
QUERIES, DATABASE = [f"q{number}" for number in range(12)], [f"v{number}" for number in range(40)]


def answer(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> str:
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(cli, ["differences", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def row(text: str, task: str) -> list[str]:
    return next(line.split() for line in text.splitlines() if line.startswith(task))


def write_results(project: Project, margin: float) -> None:
    """Scores of the run hapvr, the better the larger the margin of relevant videos."""
    relevance = {query: {"ND": DATABASE[3 * number : 3 * number + 3]} for number, query in enumerate(QUERIES)}
    task = Task(metric="mAP", labels=["ND"], interpolation="step")
    ground_truth = Dataset(
        name="mini_fivr", videos={}, queries=QUERIES, database=DATABASE, relevance=relevance, tasks={"DSVR": task}
    )
    write_dataset(project.dataset_file("mini_fivr"), ground_truth)
    relevant = np.array([[video in relevance[query]["ND"] for video in DATABASE] for query in QUERIES])
    noise = np.random.default_rng(0).random((3, *relevant.shape))
    members = {str(seed): Scores(QUERIES, DATABASE, noise[seed] + margin * relevant) for seed in range(3)}
    write_scores(project.scores_file("hapvr", "mini_fivr"), members, dtype="float32")


@pytest.fixture(scope="module")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits of a project: a weak run hapvr, then a strong one after a change of `train.steps`."""
    root = tmp_path_factory.mktemp("committed")
    (root / "dvc.yaml").write_text(PIPELINE)
    (root / ".gitignore").write_text("/data\n/scores\n")
    preset = (REPOSITORY / "presets" / "mini.yaml").read_text()
    run(root, "git", "init", "-q")
    run(root, "git", "config", "user.email", "nobody@example.org")
    run(root, "git", "config", "user.name", "Nobody")
    run(root, sys.executable, "-m", "dvc", "init", "-q")
    for steps, margin in ((50, 0.05), (100, 0.9)):
        (root / "params.yaml").write_text(preset.replace("steps: 100", f"steps: {steps}"))
        write_results(Project(root), margin)
        run(root, sys.executable, "-m", "dvc", "repro", "-q")
        run(root, "git", "add", "--all")
        run(root, "git", "commit", "-q", "-m", f"{steps} steps")
    return root


def run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ | {"DVC_NO_ANALYTICS": "1"})


def test_two_runs_are_compared_on_every_benchmark(project, monkeypatch):
    text = answer(project.root, monkeypatch, "hapvr", "s2vs")
    for benchmark in project.params.benchmarks:
        assert f"HAP-VR − S2VS, {benchmark}" in text
    assert "the interval that holds 95 % of 4,000 resamples" in text


def test_the_other_way_round_the_signs_change(project, monkeypatch):
    there, back = (
        row(answer(project.root, monkeypatch, *pair, "--benchmark", "mini_svd"), "SVR")
        for pair in (("hapvr", "mean_pool"), ("mean_pool", "hapvr"))
    )
    assert there[2:4] == back[3:1:-1]
    assert float(there[4]) == -float(back[4])
    assert there[-1] == back[-1]


def test_a_change_of_params_is_compared_with_the_commit_before(committed, monkeypatch):
    text = answer(committed, monkeypatch, "hapvr", "--rev", "HEAD~1", "--benchmark", "mini_fivr")
    assert "HAP-VR − hapvr at HEAD~1, mini_fivr" in text
    task, metric, here, before, difference, *_, verdict = row(text, "DSVR")
    assert (task, metric, verdict) == ("DSVR", "mAP", "yes")
    assert float(here) > 90 > 40 > float(before)
    assert float(difference) == pytest.approx(float(here) - float(before), abs=0.011)


def test_a_run_does_not_differ_from_the_commit_that_made_it(committed, monkeypatch):
    text = answer(committed, monkeypatch, "hapvr", "--rev", "HEAD", "--benchmark", "mini_fivr")
    assert row(text, "DSVR")[4:] == ["0.00", "0.00", "0.00", "nan", "no"]


def test_another_benchmark_of_the_same_name_is_refused(committed, tmp_path, monkeypatch):
    copy = Path(shutil.copytree(committed, tmp_path / "copy"))
    file = copy / "data" / "mini_fivr" / "dataset.json"
    file.write_text(file.read_text().replace('"v39"', '"v40"'))
    with pytest.raises(
        ValueError, match=r"data/mini_fivr/dataset\.json was another one at HEAD~1: results on different"
    ):
        answer(copy, monkeypatch, "hapvr", "--rev", "HEAD~1", "--benchmark", "mini_fivr")


def test_scores_that_the_commit_lacks_are_named(committed, monkeypatch):
    with pytest.raises(FileNotFoundError, match=r"scores/s2vs/mini_fivr\.h5: not recorded at HEAD~1"):
        answer(committed, monkeypatch, "hapvr", "s2vs", "--rev", "HEAD~1", "--benchmark", "mini_fivr")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hapv", "s2vs"], "RUN 'hapv': not in runs of params.yaml; accepted: hapvr, s2vs"),
        (["hapvr", "x"], "OTHER 'x': not in runs of params.yaml; accepted: hapvr"),
        (
            ["hapvr", "s2vs", "--benchmark", "fivr"],
            "--benchmark 'fivr': not in the benchmarks of both of params.yaml",
        ),
    ],
)
def test_unknown_names_list_the_accepted(project, monkeypatch, arguments, message):
    with pytest.raises(ValueError, match=message):
        answer(project.root, monkeypatch, *arguments)


def test_runs_that_no_benchmark_scores_both_of_are_refused(project, monkeypatch):
    monkeypatch.setattr(Params, "benchmarks_of", lambda self, run: [f"only of {run}"])
    with pytest.raises(ValueError, match="hapvr and s2vs: no benchmark on which both are scored"):
        answer(project.root, monkeypatch, "hapvr", "s2vs")


@pytest.mark.parametrize(
    "arguments", [[], ["hapvr"], ["--rev", "HEAD"], ["--benchmark", "mini_svd"], ["hapvr", "--table", "trained"]]
)
def test_half_a_question_is_refused(project, monkeypatch, arguments):
    monkeypatch.chdir(project.root)
    result = CliRunner().invoke(cli, ["differences", *arguments])
    assert result.exit_code == 2
    assert "Error: " in result.output
