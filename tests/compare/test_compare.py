"""`hapvr compare` on a tiny repository: what is said of parameters, code, metrics, queries and availability."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from dvc.repo import Repo

from hapvr.cli import main
from hapvr.compare.metrics import Baseline, Drawn
from hapvr.compare.state import open_states
from hapvr.evaluation.bootstrap import ResampledRun
from hapvr.reports.differences import compare_runs, with_verdicts
from tests.compare.repository import BENCHMARK, CODE, QUERIES, make_dataset, make_scores


def rows(text: str, run: str) -> dict[str, list[str]]:
    """Task → the other columns of the table of metrics."""
    lines = [
        line.split()
        for line in text.splitlines()
        if line.startswith(f"{run} ") and (" mAP " in line or " µAP " in line)
    ]
    return {line[2]: line[3:] for line in lines}


def test_the_changed_parameter_is_named_with_both_values_and_no_other(two_commits, compare):
    text = compare(two_commits, "HEAD~1", "HEAD")
    assert [line.split() for line in text.splitlines() if line.startswith("train.")] == [["train.steps", "50", "100"]]
    assert "Code of stages: none." in text


def test_a_run_that_changed_is_tested_and_one_that_did_not_is_unchanged(two_commits, compare):
    text = compare(two_commits, "HEAD~1", "HEAD")
    assert "Unchanged, scores the same byte for byte: s2vs on mini_fivr." in text
    assert rows(text, "s2vs") == {}
    found = rows(text, "hapvr")
    assert {task: row[-1] for task, row in found.items()} == {"DSVR": "better", "DSVD": "better"}
    assert "2 cells of run and task: 2 better, 0 worse. Better: hapvr on DSVR, hapvr on DSVD." in text


def test_intervals_and_p_are_those_of_the_stage_differences(two_commits):
    with Repo(str(two_commits.root)) as repo:
        first, second = open_states(repo, ["HEAD~1", "HEAD"])
        found = Baseline(first, Drawn(200, 0, 0.95)).compare(second, [("hapvr", BENCHMARK)]).table
    dataset = make_dataset()
    old, new = (ResampledRun(dataset, make_scores(dataset, margin), resamples=200, seed=0) for margin in (0.2, 0.9))
    expected = compare_runs(new, old, confidence=0.95)
    for column in expected:
        assert found[column].tolist() == expected[column].tolist()


def test_holm_counts_the_cells_of_every_revision(two_commits, compare):
    two_commits.produce({"hapvr": 0.25, "s2vs": 0.3}, steps=60)
    pair = rows(compare(two_commits, "HEAD~1", ".", "--run", "hapvr"), "hapvr")
    text = compare(two_commits, "HEAD~1", "HEAD", ".")
    several = [
        line
        for line in text.splitlines()
        if line.startswith("working tree") and " hapvr " in line and "DSVR mAP" in line
    ]
    dataset = make_dataset()
    runs = [ResampledRun(dataset, make_scores(dataset, margin), resamples=200, seed=0) for margin in (0.2, 0.9, 0.25)]
    table = pd.concat([compare_runs(run, runs[0], confidence=0.95) for run in runs[1:]], ignore_index=True)
    expected = with_verdicts(table, 0.95)["p_holm"].tolist()[2]
    assert f"{expected:.4f}" in several[0]
    assert float(pair["DSVR"][6]) < expected + 1e-4


def test_without_arguments_head_is_compared_with_the_working_tree(two_commits, compare):
    two_commits.produce({"hapvr": 0.2, "s2vs": 0.3}, steps=70)
    text = compare(two_commits)
    assert text.startswith("HEAD (")
    assert "→ working tree" in text.splitlines()[0]
    assert ["train.steps", "100", "70"] in [line.split() for line in text.splitlines()]
    assert {row[-1] for row in rows(text, "hapvr").values()} == {"worse"}


def test_one_sentence_says_that_nothing_differs(two_commits, compare):
    text = compare(two_commits)
    assert text.splitlines()[3:] == ["Nothing differs: parameters, code, ground truth and scores are the same."]


def test_an_experiment_is_a_revision(two_commits, compare):
    two_commits.produce({"hapvr": 0.9, "s2vs": 0.9}, steps=120)
    two_commits.commit("experiment")
    two_commits.name_experiment("tidy-newt")
    text = compare(two_commits, "HEAD", "tidy-newt")
    assert {row[-1] for row in rows(text, "s2vs").values()} == {"better"}


def test_scores_that_are_gone_leave_metrics_alone_and_it_is_said(two_commits, compare):
    before = rows(compare(two_commits, "HEAD~1", "HEAD"), "hapvr")
    two_commits.empty_cache()
    text = compare(two_commits, "HEAD~1", "HEAD")
    alone = rows(text, "hapvr")
    # The same values, by the file that evaluation wrote; neither interval nor p.
    assert {task: row[1:3] for task, row in alone.items()} == {task: row[1:3] for task, row in before.items()}
    assert {" ".join(row[-2:]) for row in alone.values()} == {"not tested"}
    assert not any("[" in cell for row in alone.values() for cell in row)
    assert "Not tested, hapvr on mini_fivr: data/mini_fivr/dataset.json of HEAD~1" in text
    assert "is in neither DVC's cache nor a remote" in " ".join(text.split())


def test_a_remote_has_what_the_cache_lacks(two_commits, compare, tmp_path):
    before = compare(two_commits, "HEAD~1", "HEAD")
    two_commits.move_cache_to_remote(tmp_path / "far")
    assert compare(two_commits, "HEAD~1", "HEAD") == before


def test_another_ground_truth_is_said_and_nothing_tested(repository, compare):
    repository.produce({"hapvr": 0.5})
    repository.commit("all queries")
    repository.produce({"hapvr": 0.5}, dataset=make_dataset(QUERIES[:6]))
    text = compare(repository)
    assert "hapvr on mini_fivr: ground truth differs (videos, labels or tasks)" in text
    assert {" ".join(row[-2:]) for row in rows(text, "hapvr").values()} == {"not tested"}


def test_a_stage_with_other_code_is_named_with_the_runs_it_is_of(repository, compare):
    repository.produce({"hapvr": 0.5, "s2vs": 0.5})
    repository.commit("before")
    repository.produce({"hapvr": 0.5, "s2vs": 0.5}, code={"score": {**CODE["score"], "hapvr": "1a"}, "evaluate": "1c"})
    lines = [line.split() for line in compare(repository).splitlines()]
    assert ["score", "hapvr"] in lines
    assert ["evaluate", "all"] in lines


def test_new_and_gone_runs_are_named(repository, compare):
    repository.produce({"hapvr": 0.5, "s2vs": 0.5})
    repository.commit("before")
    repository.produce({"hapvr": 0.5, "visil_f": 0.5})
    text = compare(repository)
    assert "New: visil_f on mini_fivr." in text
    assert "Gone: s2vs on mini_fivr." in text


def test_parameters_edited_without_a_run_are_no_new_results(two_commits, compare):
    two_commits.set_steps(300)
    text = compare(two_commits)
    assert "working tree: 2 stages were last run with others: score@hapvr-mini_fivr, score@s2vs-mini_fivr." in text
    assert "Unchanged, scores the same byte for byte: hapvr, s2vs on mini_fivr." in text


def test_videos_found_on_one_side_only_are_said(two_commits, compare):
    file = two_commits.root / "reports" / "metrics" / BENCHMARK / "availability.json"
    file.write_text(file.read_text().replace('"found": 40', '"found": 31'))
    text = " ".join(compare(two_commits).split())
    assert "40 of 40 database videos found. working tree: mini_fivr: 12 of 12 queries and 31 of 40" in text


def test_queries_are_ordered_by_what_they_gained(two_commits, compare):
    text = compare(two_commits, "HEAD~1", "HEAD", "--queries", "3")
    lines = [line.split() for line in text.splitlines() if line.startswith("hapvr ") and " q" in line]
    changes = [float(line[-1].replace("−", "-")) for line in lines]
    assert len(lines) == 3
    assert changes == sorted(changes, reverse=True)
    for line in lines:
        assert float(line[-2]) - float(line[-3]) == pytest.approx(float(line[-1]), abs=0.11)
    assert "Queries that gained" not in compare(two_commits, "HEAD~1", "HEAD", "--queries", "0")


def test_another_seed_draws_other_resamples(two_commits, compare):
    texts = [compare(two_commits, "HEAD~1", "HEAD", "--seed", seed) for seed in ("0", "1", "0")]
    assert texts[0] == texts[2] != texts[1]


def test_only_the_runs_asked_for_are_tested(two_commits, compare):
    text = compare(two_commits, "HEAD~1", "HEAD", "--run", "s2vs", "--benchmark", BENCHMARK)
    assert rows(text, "hapvr") == {}
    assert "No metric differs." in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], r"nowhere: no such revision; give a commit, branch or tag that `git log --all` shows"),
        (["HEAD", "HEAD"], "HEAD: named twice; name each revision once"),
        (["--run", "hapv"], "--run hapv: evaluated in none of these revisions; accepted: hapvr, s2vs"),
        (["--benchmark", "fivr"], "--benchmark fivr: evaluated in none of these revisions; accepted: mini_fivr"),
    ],
)
def test_wrong_names_say_what_is_accepted(two_commits, compare, arguments, message):
    with pytest.raises(ValueError, match=message):
        compare(two_commits, *arguments)


def test_a_revision_without_results_is_named_with_what_to_do(repository, compare):
    repository.set_steps(100)
    repository.commit("nothing yet")
    repository.produce({"hapvr": 0.5})
    with pytest.raises(ValueError, match=r"HEAD \(.*\): no results: .* run `dvc repro` there and commit dvc.lock"):
        compare(repository)


def test_an_error_is_one_message_and_a_status(two_commits, monkeypatch, capsys):
    monkeypatch.chdir(two_commits.root)
    monkeypatch.setattr(sys, "argv", ["hapvr", "compare", "nowhere"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert capsys.readouterr().err.startswith("hapvr: nowhere: no such revision; ")


def test_nothing_of_the_working_tree_is_touched(two_commits, compare):
    def stamps() -> dict[Path, int]:
        files = [file for file in two_commits.root.rglob("*") if file.is_file() and ".dvc/tmp" not in str(file)]
        return {file: file.stat().st_mtime_ns for file in files if ".git" not in file.parts}

    before = stamps()
    compare(two_commits, "HEAD~1")
    assert stamps() == before
