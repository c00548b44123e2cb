import pandas as pd
import pytest

from hapvr.reports.summary import missing, summarise
from hapvr.results import Results


def test_deviation_is_over_seeds_with_n_minus_one(project, set_metrics):
    set_metrics("mini_svd", "hapvr", {"SVR": {"0": 0.50, "1": 0.60, "2": 0.55}})
    row = summarise(Results(project).metrics(["hapvr"], ["mini_svd"])).iloc[0]
    assert row["mean"] == pytest.approx(55)
    # ((−5)² + 5² + 0²) / (3 − 1) = 25
    assert row["sd"] == pytest.approx(5)
    assert row["members"] == 3


def test_one_member_has_no_deviation(project, set_metrics):
    set_metrics("mini_svd", "visil_f", {"SVR": {"frozen": 0.5}})
    row = summarise(Results(project).metrics(["visil_f"], ["mini_svd"])).iloc[0]
    assert row["mean"] == pytest.approx(50)
    assert pd.isna(row["sd"])


def test_conventions_are_not_mixed(project, set_metrics):
    set_metrics("mini_svd", "hapvr", {"SVR": {"0": 0.8, "1": 0.8}}, missing=10)
    summary = summarise(Results(project).metrics(["hapvr"], ["mini_svd"])).set_index("convention")
    assert summary.loc["available", "mean"] == pytest.approx(80)
    assert summary.loc["strict", "mean"] == pytest.approx(60)


def test_missing_lists_each_task_once_with_its_counts(project, set_metrics):
    for run in ("hapvr", "s2vs"):
        set_metrics("mini_svd", run, {"SVR": {"0": 0.8}, "SVD": {"0": 0.8}}, missing=3)
    summary = summarise(Results(project).metrics(["hapvr", "s2vs"], ["mini_svd", "mini_evve"]))
    assert missing(summary).values.tolist() == [["mini_svd", "SVR", 8, 0, 40, 3], ["mini_svd", "SVD", 8, 0, 40, 3]]


def test_rows_keep_the_order_of_runs_and_tasks(project):
    summary = summarise(Results(project).metrics(["s2vs", "hapvr"], ["mini_svd"]))
    assert list(summary["run"].unique()) == ["s2vs", "hapvr"]
    assert list(summary["task"].unique()) == ["SVR", "SVD"]


def test_absent_metrics_name_the_command_that_makes_them(project):
    path = project.reports / "metrics" / "mini_svd" / "hapvr.csv"
    path.unlink()
    with pytest.raises(
        FileNotFoundError, match=r"hapvr\.csv: no such file; make it with `dvc repro evaluate@hapvr-mini_svd`"
    ):
        Results(project).metrics(["hapvr"], ["mini_svd"])


@pytest.mark.parametrize("names", [["event00"], ["NA", "None", "nan"]])
def test_groups_of_queries_are_left_out_of_the_whole_whatever_they_are_called(project, names):
    path = project.reports / "metrics" / "mini_evve" / "hapvr.csv"
    whole = Results(project).metrics(["hapvr"], ["mini_evve"])
    table = pd.read_csv(path)
    pd.concat([table, *(table.assign(group=name, value=0.0) for name in names)]).to_csv(path, index=False)
    with_groups = Results(project).metrics(["hapvr"], ["mini_evve"])
    assert set(with_groups["group"]) == {"", *names}
    assert summarise(with_groups).equals(summarise(whole))
