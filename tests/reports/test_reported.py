from importlib.resources import files

import pandas as pd
import pytest

from hapvr.reports.grid import methods_grid, ticked_grid
from hapvr.reports.reported import add_reported, not_computed, reported
from hapvr.reports.tables import as_latex, as_markdown


def summary(*labels: str) -> pd.DataFrame:
    rows = [
        {"run": label, "label": label, "benchmark": "b", "task": task, "metric": metric, "convention": "available"}
        for label in labels
        for task, metric in (("DSVR", "mAP"), ("DSVD", "uAP"))
    ]
    counts = {"queries": 1, "missing_queries": 0, "relevant": 1, "missing_relevant": 0}
    return pd.DataFrame(rows).assign(mean=50.0, sd=float("nan"), members=1, low=45.0, high=55.0, best=False, **counts)


def test_numbers_are_those_of_the_paper():
    methods = reported("methods").set_index(["label", "task"])["paper"]
    assert methods["HAP-VR", "DSVR"] == 92.83
    assert methods["S2VS", "EVVD"] == 80.72
    assert reported("losses").set_index(["label", "task"])["paper"]["QuadLinear-AP", "DSVD"] == 82.92


def test_what_is_illegible_stays_empty():
    assert ("HAP-VR", "EVVR") not in set(reported("methods")[["label", "task"]].itertuples(index=False, name=None))
    with_paper = add_reported(summary("HAP-VR").replace("DSVR", "EVVR"), "methods")
    assert with_paper["paper"].isna().tolist() == [True, True]


def test_a_row_of_the_paper_stands_below_the_run_it_is_of():
    grid = methods_grid(add_reported(summary("S2VS", "Mine", "HAP-VR"), "methods"), "available")
    assert grid.text.index.tolist() == ["S2VS", "paper: S2VS", "Mine", "HAP-VR", "paper: HAP-VR"]
    assert grid.text.loc["paper: S2VS"].tolist() == ["92.5", "86.1"]
    # its DSVD is illegible
    assert grid.text.loc["paper: HAP-VR"].tolist() == ["92.8", "–"]
    assert not grid.best.loc["paper: HAP-VR"].any()


def test_it_is_in_italics_and_explained():
    table = add_reported(summary("S2VS"), "methods")
    grids = {"available": methods_grid(table, "available")}
    assert "| *paper: S2VS* | *92.5*" in as_markdown(grids, table, [], confidence=0.95)
    assert "Rows in italics" in as_markdown(grids, table, [], confidence=0.95)
    assert r"\textit{92.5}" in as_latex(grids, table, [], confidence=0.95)


@pytest.mark.parametrize("kind", ["methods", "ablation"])
def test_without_a_row_of_the_paper_nothing_is_said_of_it(kind):
    table = add_reported(summary("Mine"), kind)
    assert "italics" not in as_markdown({"available": methods_grid(table, "available")}, table, [], confidence=0.95)


def test_methods_without_a_run_are_listed_in_the_order_of_the_paper():
    assert not_computed({"HAP-VR", "S2VS", "ViSiL_f"})[:3] == ["DML", "TMK", "TCA"]


def test_a_row_that_the_paper_calls_otherwise_has_its_numbers_in_the_table_of_losses_alone():
    table = add_reported(summary("+ video-level AP"), "losses")
    assert table["paper"].tolist() == [90.80, 82.92]
    assert add_reported(summary("+ video-level AP"), "ablation")["paper"].isna().all()


def test_components_of_a_row_of_the_paper_are_empty_cells():
    table = add_reported(summary("S2VS"), "ablation")
    grid = ticked_grid(table, "available", {"S2VS": {"TopK-Chamfer": True}})
    rows = [[cell.strip() for cell in line.split("|")] for line in grid.markdown().splitlines()]
    assert rows[3] == ["", "*paper: S2VS*", "", "*92.5*", "*86.1*", ""]
    assert r"\textit{paper: S2VS}" in grid.latex()


@pytest.mark.parametrize("name", ["methods", "losses"])
def test_files_name_their_source(name):
    first = files("hapvr.reports").joinpath("paper", f"{name}.csv").read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# Liu et al. 2024")
