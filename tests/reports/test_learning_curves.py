import pandas as pd
import pytest

from hapvr.reports.figures.learning_curves import draw_learning_curves
from hapvr.reports.figures.style import colour_of

CURVES = pd.DataFrame(
    [
        ("steps", 0, "s2vs", 0, 10), ("steps", 50, "s2vs", 0, 60), ("steps", 50, "s2vs", 1, 64),
        ("videos", 25, "s2vs", 0, 50), ("videos", 200, "s2vs", 0, 62), ("frozen", 0, "visil_f", None, 55),
    ],
    columns=["axis", "value", "run", "seed", "score"],
)  # fmt: skip


def test_lines_go_through_the_means_over_seeds_and_the_untrained_network(results):
    steps, videos = draw_learning_curves(results, CURVES).figure.axes
    assert [tuple(point) for point in steps.lines[0].get_xydata()] == [(0, 10), (50, 62)]
    assert [tuple(point) for point in videos.lines[0].get_xydata()] == [(25, 50), (200, 62)]


def test_every_seed_is_a_dot(results):
    dots = draw_learning_curves(results, CURVES).figure.axes[0].lines[1]
    assert [tuple(point) for point in dots.get_xydata()] == [(0, 10), (50, 60), (50, 64)]


def test_frozen_features_are_a_level_line_with_their_name(results):
    for axes in draw_learning_curves(results, CURVES).figure.axes:
        (level,) = [line for line in axes.lines if line.get_label() == "ViSiL_f, frozen"]
        assert set(level.get_ydata()) == {55}


def test_runs_have_the_colours_of_the_other_figures(results):
    steps = draw_learning_curves(results, CURVES).figure.axes[0]
    assert [line.get_color() for line in steps.lines] == [
        colour_of(results, run) for run in ("s2vs", "s2vs", "visil_f")
    ]


def test_ticks_stand_where_something_was_measured(results):
    steps, videos = draw_learning_curves(results, CURVES).figure.axes
    assert [label.get_text() for label in steps.get_xticklabels()] == ["0", "50"]
    assert [label.get_text() for label in videos.get_xticklabels()] == ["25", "200"]


def test_a_training_that_came_to_nothing_is_left_out(results):
    curves = pd.concat([CURVES, pd.DataFrame([("steps", 50, "s2vs", 2, None)], columns=CURVES.columns)])
    assert draw_learning_curves(results, curves).figure.axes[0].lines[0].get_ydata().tolist() == [10, 62]


@pytest.mark.parametrize("kept", [["steps", "frozen"], ["videos"]])
def test_an_axis_without_points_has_no_panel(results, kept):
    assert len(draw_learning_curves(results, CURVES[CURVES["axis"].isin(kept)]).figure.axes) == 1


def test_frozen_features_alone_are_no_figure(results):
    assert draw_learning_curves(results, CURVES[CURVES["axis"] == "frozen"]) is None
