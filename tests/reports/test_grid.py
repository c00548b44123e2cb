import pytest

from hapvr.reports.grid import components, methods_grid, ticked_grid
from hapvr.reports.summary import summarise
from hapvr.results import Results
from hapvr.stages.tables import components_of_runs


@pytest.fixture
def summary(project, set_metrics):
    """Two runs on one benchmark: s2vs is the better one in SVR, in SVD they cannot be told apart."""
    set_metrics("mini_svd", "hapvr", {"SVR": {"0": 0.50, "1": 0.60}, "SVD": {"0": 0.7001, "1": 0.7001}})
    set_metrics("mini_svd", "s2vs", {"SVR": {"0": 0.56, "1": 0.56}, "SVD": {"0": 0.70, "1": 0.70}})
    table = summarise(Results(project).metrics(["s2vs", "hapvr"], ["mini_svd"]))
    return table.assign(best=(table["run"] == "s2vs") | (table["task"] == "SVD"))


def without_best(project, runs, benchmarks):
    return summarise(Results(project).metrics(runs, benchmarks)).assign(best=False)


def test_cells_are_mean_and_deviation_in_percent(summary):
    grid = methods_grid(summary, "available")
    # sd of 50 and 60 with n − 1: √50 = 7.07
    assert grid.text.loc["HAP-VR"].tolist() == ["55.0 ± 7.1", "70.0 ± 0.0"]


def test_bold_marks_the_best_of_a_column_whoever_it_is(summary):
    grid = methods_grid(summary, "available")
    assert grid.best.loc["S2VS", ("mAP", "mini_svd", "SVR")]
    assert not grid.best.loc["HAP-VR", ("mAP", "mini_svd", "SVR")]


def test_what_cannot_be_told_from_the_best_is_bold_too(summary):
    assert methods_grid(summary, "available").best[("µAP", "mini_svd", "SVD")].all()


def test_markdown_has_bold_and_full_heads(summary):
    lines = methods_grid(summary, "available").markdown().splitlines()
    assert [cell.strip() for cell in lines[0].split("|")] == ["", "", "mini_svd SVR mAP", "mini_svd SVD µAP", ""]
    assert [cell.strip() for cell in lines[2].split("|")] == ["", "S2VS", "**56.0 ± 0.0**", "**70.0 ± 0.0**", ""]
    assert [cell.strip() for cell in lines[3].split("|")] == ["", "HAP-VR", "55.0 ± 7.1", "**70.0 ± 0.0**", ""]


def test_latex_is_a_booktabs_table_with_escaped_names(summary):
    text = methods_grid(summary, "available").latex()
    assert r"S2VS & \textbf{56.0 $\pm$ 0.0} & \textbf{70.0 $\pm$ 0.0} \\" in text
    assert r"HAP-VR & 55.0 $\pm$ 7.1 & \textbf{70.0 $\pm$ 0.0} \\" in text
    assert r"\toprule" in text
    assert r"mini\_svd" in text


def test_all_map_columns_stand_before_the_uap_columns(project):
    runs, benchmarks = ["visil_f"], ["mini_evve", "mini_svd"]
    grid = methods_grid(without_best(project, runs, benchmarks), "available")
    assert [task for _, _, task in grid.text] == ["EVVR", "SVR", "EVVD", "SVD"]


def test_components_follow_from_method_and_losses(project):
    params = project.params
    found = {
        name: list(components(params.method_of(name), params.losses_of(name), window=12).values())[1:]
        for name in [*params.modelled, *params.normalised]
    }
    assert found["s2vs"] == [False, False]
    assert found["ablation_topk"] == [False, False]
    assert found["ablation_video_ap"] == [True, False]
    assert found["hapvr"] == [True, True]
    assert found["mean_pool"] == [False, False]
    assert found["hapvr_normalised"] == found["hapvr"]


@pytest.mark.parametrize(
    ("region", "frame", "window", "expected"),
    [(0, 0, 28, False), (0.1, 0.03, 28, False), (0.1, 0.03, 200, True), (0.2, 0, 28, True), (0, 0.25, 28, True)],
)
def test_topk_chamfer_is_ticked_only_where_it_keeps_more_than_one(region, frame, window, expected):
    method = {"name": "similarity_network", "region_top_rate": region, "frame_top_rate": frame, "minimum_frames": 8}
    assert components(method, {}, window=window)["TopK-Chamfer"] == expected


def test_ablation_ticks_components_before_the_metrics(project):
    names = ["s2vs", "ablation_video_ap"]
    runs = {name: found | {"TopK-Chamfer": False} for name, found in components_of_runs(project, names).items()}
    grid = ticked_grid(without_best(project, names, ["mini_svd"]), "available", runs)
    assert grid.text.iloc[:, :3].values.tolist() == [["", "", ""], ["", "✓", ""]]
    assert [task for _, _, task in grid.text][3:] == ["SVR", "SVD"]
