"""Sensitivity to δ, ρ and the two rates: of runs of params.yaml, and of experiments."""

import pandas as pd
import pytest
from ruamel.yaml import YAML

from hapvr.params.load import check_content
from hapvr.params.preset import as_text, read_preset
from hapvr.reports.figures import sensitivity
from hapvr.reports.sensitivity import changed, points_grid, points_of, setting, with_changes
from hapvr.results import Results
from hapvr.stages.tables import tables
from tests.reports.conftest import REPOSITORY

SWEPT = {"wide": 0.4, "wider": 0.8}
RATES = {"name": "similarity_network", "region_top_rate": 0.5, "frame_top_rate": 0.03, "minimum_frames": 8}
RUNS = ["hapvr", "wide", "wider", "regions"]


@pytest.fixture
def swept(project, set_metrics):
    """The made-up project with runs that differ from HAP-VR in δ or the region rate, a table and a figure of them."""
    content = YAML(typ="safe", pure=True).load((project.root / "params.yaml").read_text())
    plain = content["runs"]["hapvr"]
    for run, delta in SWEPT.items():
        losses = {**plain["losses"], "quadlinear_ap": {"weight": 4, "delta": delta, "rho": 0.1}}
        content["runs"][run] = {**plain, "label": f"HAP-VR, δ {delta}", "losses": losses, "seeds": [0]}
    content["runs"]["regions"] = {**plain, "label": "HAP-VR, region rate 0.5", "method": RATES, "seeds": [0]}
    shown = {"runs": RUNS, "benchmarks": ["mini_svd"]}
    content["tables"]["sensitivity"] = {"kind": "sensitivity", **shown}
    content["figures"]["sensitivity"] = shown
    with (project.root / "params.yaml").open("w") as file:
        YAML(typ="safe", pure=True).dump(content, file)
    set_metrics("mini_svd", "hapvr", {"SVR": {"0": 0.50, "1": 0.60, "2": 0.70}, "SVD": {"0": 0.4, "1": 0.4, "2": 0.4}})
    for run, value in {"wide": 0.53, "wider": 0.49, "regions": 0.55}.items():
        set_metrics("mini_svd", run, {"SVR": {"0": value}, "SVD": {"0": 0.42}})
    return Results(type(project)(project.root))


def test_change_is_from_the_same_seed_of_the_own_setting(swept):
    points = with_changes(points_of(swept, RUNS, ["mini_svd"]))
    of_delta = points.query("parameter == 'delta' and task == 'SVR' and member == '0'").set_index("setting")
    assert of_delta["change"].round(6).to_dict() == {0.2: 0, 0.4: 3, 0.8: -1}
    assert set(points["parameter"]) == {"delta", "region_top_rate"}


def test_lines_of_the_figure_are_the_changes_of_its_csv(swept):
    figure, rows = sensitivity.draw(swept, runs=RUNS, benchmarks=["mini_svd"])
    delta, regions = figure.axes
    assert [label.get_text() for label in delta.get_xticklabels()] == ["0.2", "0.4", "0.8"]
    assert [label.get_text() for label in regions.get_xticklabels()] == ["0.25", "0.5"]
    lines = {line.get_label(): line for line in delta.lines}
    assert lines["mini_svd SVR mAP"].get_ydata() == pytest.approx([0, 3, -1])
    assert lines["mini_svd SVD µAP"].get_ydata() == pytest.approx([0, 2, 2])
    found = rows.dropna(subset=["change"]).query("parameter == 'delta' and task == 'SVR'").groupby("setting")["change"]
    assert found.mean().tolist() == pytest.approx([0, 3, -1])


def test_table_says_what_each_row_changes_and_tests_it_as_any_other(swept):
    source = swept.project.scores_file("s2vs", "mini_svd")
    for run in RUNS[1:]:
        target = swept.project.scores_file(run, "mini_svd")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
        summary = swept.project.reports / "metrics" / "mini_svd" / f"{run}.json"
        summary.write_bytes((summary.parent / "hapvr.json").read_bytes())
    tables(swept.project, "sensitivity")
    table = pd.read_csv(swept.project.reports / "tables" / "sensitivity.csv", dtype=str).query("task == 'SVR'")
    of_runs = table[table["convention"] == "available"].set_index("run")
    assert of_runs["δ"].fillna("").to_dict() == {"hapvr": "0.2", "wide": "0.4", "wider": "0.8", "regions": ""}
    assert of_runs["region_rate"].fillna("").to_dict() == {"hapvr": "0.25", "wide": "", "wider": "", "regions": "0.5"}
    assert of_runs["paper"].isna().all()
    assert {"low", "high", "best", "queries_found"} <= set(table)


def test_run_that_differs_in_more_than_one_parameter_is_refused(swept):
    with pytest.raises(ValueError, match=r"runs\.s2vs: expected one of delta, rho, .* to differ from hapvr, .* found "):
        changed(swept.project.params, ["hapvr", "s2vs"])


def test_paper_has_a_curve_for_each_parameter_and_every_point_once():
    params = check_content(
        YAML(typ="safe", pure=True).load(as_text(read_preset(REPOSITORY / "presets", "paper"))), "paper.yaml"
    )
    table = params.tables["sensitivity"]
    found = list(changed(params, table.runs).values())
    assert len(set(found)) == len(found) == len(table.runs) - 1
    assert {name for name, _ in found} == {"delta", "rho", "region_top_rate", "frame_top_rate"}
    assert params.shown("sensitivity") == {"runs": table.runs, "benchmarks": table.benchmarks}


def test_grid_has_a_row_for_each_setting_in_order_and_marks_the_own():
    keys = {"run": "hapvr", "benchmark": "mini_dev", "task": "SVD", "metric": "uAP"}
    rows = [
        {"parameter": "rho", "setting": value, "own": value == 0.1, "member": member, "value": 50 + value + int(member)}
        for value in (1, 0.1, 0)
        for member in ("0", "1")
    ]
    grid = points_grid(pd.DataFrame(rows).assign(**keys))
    assert grid.text[("µAP", "mini_dev", "SVD")].to_dict() == {
        "ρ 0": "50.5 ± 0.7", "ρ 0.1 (own)": "50.6 ± 0.7", "ρ 1": "51.5 ± 0.7",
    }  # fmt: skip


def test_setting_is_what_a_method_or_a_loss_says():
    losses = {"frame_quadlinear_ap": {"delta": 0.05, "rho": 5}}
    assert setting("frame_rho", method=RATES, losses=losses) == 5
    assert setting("region_top_rate", method=RATES, losses={}) == 0.5
    assert setting("delta", method=RATES, losses=losses) is None
