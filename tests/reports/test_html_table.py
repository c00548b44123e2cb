import pandas as pd

from hapvr.reports.grid import Grid
from hapvr.reports.html_table import Head, html_table, lead_to_runs


def grid_of(rows: dict[str, list[str]], columns: list[tuple[str, str, str]]) -> Grid:
    text = pd.DataFrame.from_dict(rows, orient="index", columns=pd.MultiIndex.from_tuples(columns))
    return Grid(text, text == "62.0 ± 1.0", reported=("paper: A",))


GRID = grid_of(
    {"A": ["✓", "62.0 ± 1.0", "+2.0 [1.0,\u00a03.0]"], "paper: A": ["", "–", "80.0"]},
    [("", "", "labels"), ("mAP", "mini_svd", "SVR"), ("mAP", "mini_evve", "EVVR")],
)


def test_neighbours_share_their_heads():
    table = html_table(GRID, {})
    assert table.groups == [[Head("", 1), Head("mAP", 2)], [Head("", 1), Head("mini_svd", 1), Head("mini_evve", 1)]]
    assert table.heads == ["labels", "SVR", "EVVR"]


def test_what_names_a_column_stands_lowest():
    table = html_table(grid_of({"A": ["1", "2"]}, [("error", "mean", ""), ("mAP", "mini_svd", "SVR")]), {})
    assert table.heads == ["mean", "SVR"]


def test_deviations_and_intervals_stand_below_their_number():
    cells = html_table(GRID, {}).rows[0].cells
    assert [(cell.text, cell.below) for cell in cells] == [("✓", ""), ("62.0", "± 1.0"), ("+2.0", "[1.0, 3.0]")]
    assert [cell.best for cell in cells] == [False, True, False]


def test_only_numbers_lead_somewhere():
    details = {("A", "mini_svd", "SVR"): ("key", "run"), ("paper: A", "mini_svd", "SVR"): ("other", "run")}
    first, second = html_table(GRID, details).rows
    assert [cell.detail for cell in first.cells] == ["", "key", ""]
    assert [cell.detail for cell in second.cells] == ["", "", ""]
    assert second.reported


def test_all_numbers_of_a_row_may_lead_to_its_run():
    rows = html_table(GRID, lead_to_runs(GRID, {"A": "a"})).rows
    assert {cell.detail for cell in rows[0].cells} == {"run/a"}
    assert {cell.detail for cell in rows[1].cells} == {""}
