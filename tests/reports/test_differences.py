import numpy as np
import pandas as pd
import pytest
import yaml

from hapvr.datasets.dataset import read_dataset
from hapvr.evaluation import evaluate
from hapvr.evaluation.bootstrap import ResampledRun
from hapvr.reports.differences import compare_runs, differences_grid, with_verdicts
from hapvr.results import Results
from hapvr.stages.differences import differences
from hapvr.storage.scores import Scores, read_scores

PAIRS = [["hapvr", "visil_f"], ["hapvr", "s2vs"], ["hapvr_normalised", "hapvr"]]


@pytest.fixture
def project(project):
    """Other pairs, one of a normalised run among them."""
    file = project.root / "params.yaml"
    content = yaml.safe_load(file.read_text())
    content["differences"]["tables"]["trained"]["pairs"] = PAIRS
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    return project


def compare(dataset, run, other):
    drawn = [ResampledRun(dataset, scores, resamples=500, seed=0) for scores in (run, other)]
    return with_verdicts(compare_runs(*drawn, confidence=0.95), 0.95)


def test_values_are_means_over_members_in_percent_and_their_difference(project):
    differences(project, "trained")
    row = (
        Results(project)
        .table("differences_trained", "differences@trained")
        .query("run == 'hapvr' and other == 's2vs' and task == 'ISVD'")
        .iloc[0]
    )
    dataset = read_dataset(project.dataset_file("mini_fivr"))
    means = [
        100 * np.mean([evaluate(dataset, scores)["ISVD"]["uAP"] for scores in read_scores(file).values()])
        for file in (project.scores_file(run, "mini_fivr") for run in ("hapvr", "s2vs"))
    ]
    assert [row["run_value"], row["other_value"]] == pytest.approx(means, abs=1e-5)
    assert row["difference"] == pytest.approx(means[0] - means[1], abs=1e-5)
    assert row["low"] < row["difference"] < row["high"]
    assert row["metric"] == "uAP"


def test_every_pair_has_every_task_and_all_files_are_written(project):
    differences(project, "trained")
    table = Results(project).table("differences_trained", "differences@trained")
    assert len(table) == len(PAIRS) * 10
    folder = project.reports / "tables"
    text = (folder / "differences_trained.md").read_text()
    lines = text.splitlines()
    assert lines[0].startswith("Training beats frozen features: ")
    assert lines[4].startswith("| HAP-VR − ViSiL_f ")
    assert "with Holm's correction for all cells that are tested together" in text
    assert r"HAP-VR $-$ ViSiL\_f" in (folder / "differences_trained.tex").read_text()


def test_the_same_scores_give_the_same_bytes(project):
    written = []
    for _ in range(2):
        differences(project, "trained")
        written.append((project.reports / "tables" / "differences_trained.csv").read_bytes())
    assert written[0] == written[1]


def test_a_certain_difference_is_larger_than_noise_and_none_is_not(project):
    dataset = read_dataset(project.dataset_file("mini_svd"))
    relevant = np.array([[v in dataset.relevance[q]["ND"] for v in dataset.database] for q in dataset.queries])
    noise = np.random.default_rng(0).random(relevant.shape)
    right, chance = (Scores(dataset.queries, dataset.database, noise + margin * relevant) for margin in (1, 0))
    better = compare(dataset, {"0": right}, {"0": chance}).set_index("task")
    assert better["larger_than_noise"].all()
    assert (better["run_value"] == 100).all()
    same = compare(dataset, {"0": right}, {"0": right})
    assert same[["difference", "low", "high"]].eq(0).all(axis=None)
    assert same[["p", "p_holm"]].isna().all(axis=None)
    assert not same["larger_than_noise"].any()


def test_map_of_a_normalised_run_is_not_tested_nor_counted(project):
    dataset = read_dataset(project.dataset_file("mini_svd"))
    run = read_scores(project.scores_file("hapvr", "mini_svd"))
    # Another offset for each query: its ranking stays, the pooled one changes.
    offset = np.random.default_rng(0).random((len(dataset.queries), 1))
    normalised = {
        member: Scores(one.queries, one.database, one.similarity + offset.astype(np.float32))
        for member, one in run.items()
    }
    table = compare(dataset, normalised, run).set_index("task")
    assert np.isnan(table.loc["SVR", ["p", "p_holm"]].astype(float)).all()
    assert not table.loc["SVR", "larger_than_noise"]
    assert table.loc["SVD", "p_holm"] == table.loc["SVD", "p"]


def test_p_is_corrected_over_all_cells_and_noise_is_told_by_it():
    # 0.01 · 3 = 0.03; 0.024 · 2 = 0.048; 0.06 · 1: what is not tested is not counted.
    table = with_verdicts(pd.DataFrame({"p": [0.06, 0.01, np.nan, 0.024]}), 0.95)
    np.testing.assert_allclose(table["p_holm"], [0.06, 0.03, np.nan, 0.048])
    assert table["larger_than_noise"].tolist() == [False, True, False, True]


def test_unknown_table_names_the_accepted_ones(project):
    with pytest.raises(ValueError, match=r"table 'x': not in differences\.tables of params\.yaml; accepted: trained, "):
        differences(project, "x")


def test_cells_show_difference_and_interval_bold_if_larger_than_noise():
    cells = [
        ("D", "uAP", -2.04, -4.0, -0.03, True),
        ("R", "mAP", 1.25, -1.0, 3.5, False),
        ("N", "mAP", 0.0, 0.0, 0.0, False),
        ("?", "mAP", np.nan, np.nan, np.nan, False),
    ]
    columns = ["task", "metric", "difference", "low", "high", "larger_than_noise"]
    table = pd.DataFrame(cells, columns=columns).assign(label="A − B", benchmark="b", run="a", other="b")
    grid = differences_grid(table)
    assert [task for _, _, task in grid.text] == ["R", "N", "?", "D"]
    texts = [text.replace("\u00a0", " ") for text in grid.text.loc["A − B"]]
    assert texts == ["+1.2 [−1.0, 3.5]", "0.0 [0.0, 0.0]", "–", "−2.0 [−4.0, −0.03]"]
    assert grid.best.loc["A − B"].tolist() == [False, False, False, True]


def test_queries_that_one_run_lacks_take_no_part(project):
    file = project.scores_file("s2vs", "mini_svd")
    whole = read_scores(file)
    part = {member: Scores(one.queries[2:], one.database, one.similarity[2:]) for member, one in whole.items()}
    dataset = read_dataset(project.dataset_file("mini_svd"))
    hapvr = read_scores(project.scores_file("hapvr", "mini_svd"))
    of_part = dataset.model_copy(update={"queries": dataset.queries[2:]})
    pd.testing.assert_frame_equal(compare(dataset, hapvr, part), compare(of_part, hapvr, part))


@pytest.mark.parametrize(
    ("run", "stage"), [("s2vs", "score@s2vs-mini_evve"), ("hapvr_normalised", "normalise@hapvr_normalised-mini_evve")]
)
def test_absent_scores_name_the_command_that_makes_them(project, run, stage):
    project.scores_file(run, "mini_evve").unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"{run}/mini_evve\.h5: no such file; make it with `dvc repro {stage}`"
    ):
        differences(project, "trained")
