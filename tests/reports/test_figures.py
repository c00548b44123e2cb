import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from hapvr.datasets.dataset import Dataset
from hapvr.reports.figures import (
    FIGURES,
    ablation,
    components,
    contact_sheet,
    precision_recall,
    score_distribution,
    training_curves,
)
from hapvr.reports.figures.style import colour_of, dash_of
from hapvr.results import Results
from hapvr.stages.figures import figures
from hapvr.storage.scores import Scores
from tests.reports.conftest import write_log


# The sensitivity is of runs that the embedded preset does not have: see test_sensitivity.py.
@pytest.mark.parametrize("figure", [name for name in FIGURES if name != "sensitivity"])
def test_two_drawings_have_the_same_bytes(project, figure):
    paths = [project.reports / "figures" / f"{figure}.{suffix}" for suffix in ("svg", "png", "csv")]
    figures(project, figure)
    first = [path.read_bytes() for path in paths]
    figures(project, figure)
    assert [path.read_bytes() for path in paths] == first
    assert first[0].startswith(b"<?xml")
    assert b"<dc:date>" not in first[0]
    assert first[1].startswith(b"\x89PNG")


def test_unknown_figure_names_the_accepted_ones(project):
    with pytest.raises(
        ValueError, match=r"figure 'ablations': not in figures of params.yaml; accepted: contact_sheet, "
    ):
        figures(project, "ablations")


def test_ablation_bars_are_as_high_as_the_mean_in_percent(project, results, set_metrics):
    tasks = ["DSVR", "CSVR", "ISVR", "DSVD", "CSVD", "ISVD"]
    values = {task: {"0": 0.5 + place / 100, "1": 0.6 + place / 100} for place, task in enumerate(tasks)}
    set_metrics("mini_fivr", "hapvr", values)
    (axes,) = ablation.draw(Results(project), **project.params.shown("ablation")).figure.axes
    colour = colour_of(results, "hapvr")
    heights = [bar.get_height() for bar in axes.patches if to_hex(bar.get_facecolor()) == colour]
    assert heights == pytest.approx([55, 56, 57, 58, 59, 60])


def test_runs_keep_their_colour_in_every_figure(project, results):
    (bars,) = ablation.draw(results, **project.params.shown("ablation")).figure.axes
    curves = precision_recall.draw(results, **project.params.shown("precision_recall")).figure.axes[0]
    for run in ("s2vs", "hapvr"):
        assert colour_of(results, run) in {to_hex(bar.get_facecolor()) for bar in bars.patches}
        assert colour_of(results, run) in {line.get_color() for line in curves.lines}
    looks = {(colour_of(results, run), str(dash_of(results, run))) for run in project.params.runs}
    assert len(looks) == len(project.params.runs)


def test_precision_recall_curve_is_the_mean_over_members_at_equal_recall():
    # two members with different recall grids: precision 1 and 1 − recall
    first = pd.DataFrame({"member": "0", "recall": [0.0, 1.0], "precision": [1.0, 1.0]})
    second = pd.DataFrame({"member": "1", "recall": [1.0, 0.0, 0.5], "precision": [0.0, 1.0, 0.5]})
    expected = 1 - precision_recall.RECALL / 2
    assert precision_recall.mean_curve(pd.concat([first, second])) == pytest.approx(expected)


def test_training_curves_smooth_what_is_logged_at_every_step_only(project, results):
    log = pd.DataFrame({"step": range(1, 41), "total": np.arange(40.0), "validation_mAP": np.nan})
    log.loc[[19, 39], "validation_mAP"] = [0.5, 0.7]
    write_log(project, "hapvr", "0", log)
    read = training_curves.smooth_log(results.training_log("hapvr", "0"))
    # 5 % of 40 steps: mean of two
    assert read["total"].tolist()[:3] == [0, 0.5, 1.5]
    assert read["validation_mAP"].dropna().tolist() == [0.5, 0.7]


def test_pairs_take_the_label_of_their_query_only(project):
    dataset = mini_fivr(project)
    scores = Scores(["q0", "q1"], ["q0_ND_0", "q1_IS_1", "d0"], np.array([[0.9, 0.1, 0.2], [0.3, 0.8, 0.4]]))
    pairs = score_distribution.label_pairs(dataset, scores)
    assert pairs["label"].tolist() == ["ND", "other", "other", "other", "IS", "other"]
    assert pairs["similarity"].tolist() == [0.9, 0.1, 0.2, 0.3, 0.8, 0.4]


def test_excluded_videos_and_the_query_itself_take_no_part(project):
    ranked = {"excluded": {"q0": ["d0"]}, "candidates": {"q0": ["q0", "d0", "d1"]}, "distractors": ["d3"]}
    dataset = mini_fivr(project).model_copy(update=ranked)
    scores = Scores(["q0"], ["q0", "d0", "d1", "d2", "d3"], np.array([[1.0, 0.2, 0.3, 0.4, 0.5]]))
    assert score_distribution.label_pairs(dataset, scores)["similarity"].tolist() == [0.3, 0.5]


def test_contact_sheet_shows_a_video_of_each_label_and_one_of_none(project):
    rows = contact_sheet.choose_rows(mini_fivr(project), 3)
    assert [row["query"] for row in rows] == ["q0", "q4", "q7"]
    assert rows[1] == {
        "query": "q4",
        "ND": "q4_ND_0",
        "DS": "q4_DS_0",
        "CS": "q4_CS_0",
        "IS": "q4_IS_0",
        "distractor": "d1",
    }


def test_contact_sheet_prefers_queries_that_have_every_label(project):
    dataset = mini_fivr(project)
    relevance = dict(dataset.relevance) | {"q0": {"ND": ["q0_ND_0"]}}
    rows = contact_sheet.choose_rows(dataset.model_copy(update={"relevance": relevance}), 2)
    assert [row["query"] for row in rows] == ["q1", "q7"]


def test_relevant_and_irrelevant_pairs_have_a_panel_each_with_an_outline_of_every_run(project, results):
    shown = project.params.shown("score_distribution")
    relevant, irrelevant, *of_runs = score_distribution.draw(results, **shown).figure.axes
    assert (relevant.get_title("left"), irrelevant.get_title("left")) == ("relevant pairs", "irrelevant pairs")
    for axes in (relevant, irrelevant):
        assert len(axes.collections) == len(shown["runs"])
    assert [axes.get_title("left") for axes in of_runs] == [results.labels[run] for run in shown["runs"]]
    for axes in of_runs:
        assert len(axes.collections) == 2


def test_outlines_of_pairs_are_those_of_the_scores(project, results):
    shown = project.params.shown("score_distribution")
    drawn = score_distribution.draw(results, **shown)
    dataset = results.dataset(shown["benchmark"])
    relevance = dataset.relevance
    for run in shown["runs"]:
        values = [
            score
            for scores in results.scores(run, shown["benchmark"]).values()
            for query, row in zip(scores.queries, scores.similarity, strict=True)
            for video, score in zip(scores.database, row, strict=True)
            if any(video in videos for videos in relevance[query].values())
        ]
        of_run = drawn.rows.query(f"run == '{run}' and pairs == 'relevant'")
        assert of_run["mean"].unique() == pytest.approx([np.mean(values)])
        assert of_run["count"].sum() == len(values)
        assert (of_run["density"] * (of_run["high"] - of_run["low"])).sum() == pytest.approx(1)
        # The last bin has its upper edge too.
        low, high, count = of_run.loc[of_run["count"].iloc[:-1].idxmax(), ["low", "high", "count"]]
        assert count == sum(low <= value < high for value in values)


def mini_fivr(project) -> Dataset:
    return Results(project).dataset("mini_fivr")


def test_component_bars_stand_on_two_axes_of_one_scale(project, results, set_metrics):
    for run, (retrieval, detection) in {"s2vs": (0.5, 0.3), "hapvr": (0.54, 0.31)}.items():
        set_metrics("mini_fivr", run, {"DSVR": {"0": retrieval}, "DSVD": {"0": detection}})
    shown = {**project.params.shown("components"), "runs": ["s2vs", "hapvr"]}
    left, right = components.draw(results, **shown).figure.axes
    assert [bar.get_height() for bar in left.patches] == pytest.approx([50, 54])
    assert [bar.get_height() for bar in right.patches] == pytest.approx([30, 31])
    (low, high), (lowest, highest) = left.get_ylim(), right.get_ylim()
    assert high - low == pytest.approx(highest - lowest)
    assert low < 50
    assert lowest < 30
    assert (left.get_ylabel(), right.get_ylabel()) == ("mini_fivr DSVR mAP, %", "mini_fivr DSVD µAP, %")


def test_component_bars_of_a_task_that_is_not_there_name_those_that_are(results):
    with pytest.raises(ValueError, match=r"mini_fivr has no task SVR of every run; accepted: DSVR, CSVR"):
        components.draw(results, runs=["s2vs"], benchmark="mini_fivr", retrieval="SVR", detection="DSVD")


def read_rows(project, figure: str) -> pd.DataFrame:
    return pd.read_csv(project.reports / "figures" / f"{figure}.csv", dtype={"member": str})


def test_csv_beside_a_figure_has_the_lines_that_are_seen(project, results):
    drawn = precision_recall.draw(results, **project.params.shown("precision_recall"))
    for axes in drawn.figure.axes:
        benchmark, task, _ = axes.get_title("left").split()
        rows = drawn.rows.query(f"benchmark == '{benchmark}' and task == '{task}'")
        for line, run in zip(axes.lines, project.params.shown("precision_recall")["runs"], strict=True):
            assert line.get_ydata() == pytest.approx(rows[run].to_numpy())
            assert line.get_label() == results.labels[run]


def test_precision_recall_in_the_csv_is_that_of_the_curves_of_each_member(project, results):
    drawn = precision_recall.draw(results, **project.params.shown("precision_recall"))
    curves = results.curves(["hapvr"], ["mini_svd"]).query("task == 'SVD'")
    expected = np.mean([np.interp(0.5, of["recall"], of["precision"]) for _, of in curves.groupby("member")])
    found = drawn.rows.query("benchmark == 'mini_svd' and task == 'SVD' and recall == 0.5")["hapvr"]
    assert found.to_numpy() == pytest.approx([expected])


def test_names_of_tasks_are_those_of_the_tables(project, results):
    titles = [
        axes.get_title("left")
        for axes in precision_recall.draw(results, **project.params.shown("precision_recall")).figure.axes
    ]
    assert "mini_svd SVD µAP" in titles
    assert "mini_svd SVR mAP" in titles


def test_training_curves_of_a_long_training_are_thinned_and_keep_first_and_last_step():
    steps = range(1, 30_001)
    logs = pd.DataFrame({"step": steps, "run": "hapvr", "member": "0", "total": np.arange(30_000.0)})
    line = training_curves.over_seeds(logs, "total", "hapvr")
    assert len(line) == training_curves.POINTS
    assert line["step"].iloc[[0, -1]].tolist() == [1, 30_000]
    assert (line["mean"] == line["step"] - 1).all()


def test_contact_sheet_says_which_frames_of_which_videos_are_seen(project):
    figures(project, "contact_sheet")
    rows = read_rows(project, "contact_sheet")
    frames_of = rows.groupby(["row", "column"])["frame"].apply(list)
    assert frames_of[1, "query"] == [1, 3]
    assert frames_of[1, "DS"] == [0, 2, 3]
    assert rows.query("row == 1 and column == 'DS'")["video"].unique().tolist() == ["q0_DS_0"]
