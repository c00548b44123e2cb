"""The table of costs and accuracy against cost, from measurements that no stage makes."""

import pandas as pd
import pytest

from hapvr.reports import page
from hapvr.reports.figures.accuracy_cost import draw_accuracy_cost, spread

COSTS = pd.DataFrame(
    {
        "run": ["visil_f", "hapvr"],
        "label": ["ViSiL_f", "HAP-VR"],
        "index_kb_per_minute": [552.96, 553.0],
        "seconds_per_hour": [0.5, 12.345],
        "seconds_per_million_pairs": [900.0, 4321.0],
    }
)


def test_page_has_a_row_per_run_and_names_the_command() -> None:
    entry = page.costs_entry(COSTS, command="python benchmarks/costs.py")
    assert entry["command"] == "python benchmarks/costs.py"
    html = str(entry["content"]["available"])
    for text in ("ViSiL_f", "HAP-VR", "553", "12.3", "4.32e+03", "s per million pairs"):
        assert text in html


def test_figure_has_a_mark_per_run_at_its_cost_and_mean_accuracy(project, results) -> None:
    figure, rows = draw_accuracy_cost(results, COSTS, benchmark="mini_fivr", task="DSVR")
    metrics = results.metrics(["hapvr"], ["mini_fivr"])
    expected = metrics[(metrics["task"] == "DSVR") & (metrics["convention"] == "available")]["value"].mean()
    size, seconds = figure.axes
    assert [line.get_xdata()[0] for line in size.lines] == [552.96, 553.0]
    assert [line.get_xdata()[0] for line in seconds.lines] == [900.0, 4321.0]
    assert seconds.lines[1].get_ydata()[0] == expected
    assert {text.get_text() for text in size.texts} == {"ViSiL_f", "HAP-VR"}
    assert size.get_ylabel() == "mini_fivr DSVR mAP, %"
    assert rows["mini_fivr DSVR mAP, %"].tolist() == [line.get_ydata()[0] for line in size.lines]


def test_names_in_a_crowd_stand_apart_around_where_they_were() -> None:
    assert spread([1.0, 5.0, 5.1, 5.2, 9.0], 1.0) == pytest.approx([1.0, 4.1, 5.1, 6.1, 9.0])
    # The crowd of 5.0 and 5.1 reaches 5.55 and 4.55, to which 4.0 is too close.
    assert spread([4.0, 5.0, 5.1], 1.0) == pytest.approx([3.7, 4.7, 5.7])
    assert spread([], 1.0) == []
