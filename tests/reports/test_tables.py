import pandas as pd
import pytest

from hapvr.stages.tables import tables


def written(project, table: str) -> dict[str, str]:
    tables(project, table)
    folder = project.reports / "tables"
    return {suffix: (folder / f"{table}.{suffix}").read_text() for suffix in ("csv", "md", "tex")}


def test_csv_has_mean_and_deviation_of_every_task_and_run(project):
    written(project, "methods")
    content = pd.read_csv(project.reports / "tables" / "methods.csv")
    metrics = pd.read_csv(project.reports / "metrics" / "mini_fivr" / "hapvr.csv")
    values = 100 * metrics.loc[(metrics["task"] == "ISVD") & (metrics["convention"] == "available"), "value"]
    row = content.query("run == 'hapvr' and task == 'ISVD' and convention == 'available'").iloc[0]
    assert row["mean"] == pytest.approx(values.sum() / 3, abs=1e-5)
    assert row["sd"] == pytest.approx((((values - values.mean()) ** 2).sum() / 2) ** 0.5, abs=1e-5)
    assert len(content) == len(project.params.tables["methods"].runs) * 10 * 2


def test_the_same_metrics_give_the_same_bytes(project):
    assert written(project, "ablation") == written(project, "ablation")


@pytest.mark.parametrize("table", ["methods", "ablation"])
def test_without_missing_videos_there_is_one_table_and_no_note(project, table):
    content = written(project, table)
    assert "missing" not in content["md"]
    assert content["tex"].count(r"\begin{tabular}") == 2  # values and intervals


@pytest.mark.parametrize("table", ["methods", "ablation"])
def test_missing_videos_are_counted_and_the_strict_values_shown(project, set_metrics, table):
    for run in project.params.tables[table].runs:
        tasks = ["DSVR", "CSVR", "ISVR", "DSVD", "CSVD", "ISVD"]
        set_metrics("mini_fivr", run, {task: dict.fromkeys(project.members(run), 0.8) for task in tasks}, missing=4)
    content = written(project, table)
    assert "mini_fivr DSVR: 0 of 8 queries and 4 of 40 relevant videos are missing." in content["md"]
    assert "mini_svd" not in content["md"].split("Missing videos are left out")[1].split("never found")[0]
    assert "80.0" in content["md"].split("Missing videos are left out")[0]
    assert "72.0" in content["md"].split("Missing videos count as never found")[1]
    assert content["tex"].count(r"\begin{tabular}") == 3  # with the intervals


def test_unknown_table_names_the_accepted_ones(project):
    with pytest.raises(ValueError, match=r"table 'methds': not in tables of params\.yaml; accepted: methods, ablation"):
        tables(project, "methds")


def test_csv_says_which_cells_are_bold_and_the_text_why(project):
    content = written(project, "methods")
    table = pd.read_csv(project.reports / "tables" / "methods.csv")
    # Each bold cell is that of the best run or of one that is not surely worse; the strict values are not tested.
    assert not table.query("convention == 'strict'")["best"].any()
    chosen = table.query("convention == 'available'")
    best = chosen.loc[chosen.groupby(["benchmark", "task"])["mean"].idxmax()]
    assert best["best"].all()
    # Of as many made-up runs, of a few queries, the correction may leave every one in question.
    assert content["md"].count("**") == 2 * chosen["best"].sum() <= 2 * len(chosen)
    assert "not worse than it by more than the noise of queries and seeds" in content["md"]


def test_absent_scores_name_the_command_that_makes_them(project):
    project.scores_file("s2vs", "mini_fivr").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"mini_fivr\.h5: no such file; make it with `dvc repro score@s2vs-mini"
    ):
        tables(project, "ablation")
