import pandas as pd

from hapvr.reports.learning_curves import draw_learning_curves

CURVES = pd.DataFrame(
    [
        ("steps", 0, "s2vs", 0, 10), ("steps", 50, "s2vs", 0, 60), ("steps", 50, "s2vs", 1, 64),
        ("videos", 25, "s2vs", 0, 50), ("videos", 200, "s2vs", 0, 62), ("frozen", 0, "visil_f", None, 55),
    ],
    columns=["axis", "value", "run", "seed", "score"],
)  # fmt: skip


def test_lines_go_through_the_means_over_seeds_and_the_untrained_network():
    steps, videos = draw_learning_curves(CURVES, {"s2vs": "S2VS"}).axes
    assert [tuple(point) for point in steps.lines[0].get_xydata()] == [(0, 10), (50, 62)]
    assert [tuple(point) for point in videos.lines[0].get_xydata()] == [(25, 50), (200, 62)]


def test_frozen_features_are_a_level_line_with_their_name():
    for axes in draw_learning_curves(CURVES, {"visil_f": "ViSiL_f"}).axes:
        (level,) = [line for line in axes.lines if line.get_label() == "ViSiL_f, frozen"]
        assert set(level.get_ydata()) == {55}
