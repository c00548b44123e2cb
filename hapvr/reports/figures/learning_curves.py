"""Score against training steps and training videos. No stage draws it: `benchmarks/choices.py` does, on mini_dev."""

from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.axes import Axes

from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.style import colour_of, dash_of, legend_above, new_figure

if TYPE_CHECKING:
    from hapvr.results import Results

NAME = "learning_curves"
CAPTION = Caption(
    "Learning curves",
    "What training brings on mini_dev, the development benchmark that is in no table: mean of its tasks against "
    "training steps (0: the network with its first weights) and against training videos. Lines: means over seeds; "
    "dots: seeds; dotted: frozen features. Horizontal axes are logarithmic from the first value above 0. Of the "
    "embedded preset, as it was when benchmarks/choices.py drew them.",
)

FROZEN = "frozen"
TITLES = {"steps": "training steps (0: untrained)", "videos": "training videos"}


def draw_learning_curves(results: "Results", curves: pd.DataFrame) -> Drawn | None:
    """A panel per axis that has points, a line per run; None if there is no point.

    curves: axis (`steps`, `videos` or `frozen`), value, run, seed, score (%, empty if the training came to nothing).
    """
    curves = curves.dropna(subset=["score"])
    names = [name for name in TITLES if name in set(curves["axis"])]
    if not names:
        return None
    figure = new_figure(height=3.4)
    panels = figure.subplots(1, len(names), squeeze=False, sharey=True)[0]
    for axes, name in zip(panels, names, strict=True):
        _draw_trained(results, axes, curves[curves["axis"] == name])
        _draw_frozen(results, axes, curves[curves["axis"] == FROZEN])
        axes.set_xlabel(TITLES[name])
    panels[0].set_ylabel("mean of the tasks of mini_dev, %")
    legend_above(figure, panels[0])
    return Drawn(figure, curves)


def _draw_trained(results: "Results", axes: Axes, curves: pd.DataFrame) -> None:
    for run, points in curves.groupby("run", sort=False):
        look: dict[str, Any] = {"color": colour_of(results, str(run))}
        means = points.groupby("value")["score"].mean()
        axes.plot(means.index, means, linestyle=dash_of(results, str(run)), label=results.labels[str(run)], **look)
        axes.plot(points["value"], points["score"], linestyle="", marker="o", markersize=3.5, alpha=0.7, **look)
    values = sorted(curves["value"].unique())
    axes.set_xscale("symlog", base=2, linthresh=min((value for value in values if value > 0), default=1))
    axes.set_xticks(values, [f"{value:g}" for value in values])
    axes.minorticks_off()


def _draw_frozen(results: "Results", axes: Axes, frozen: pd.DataFrame) -> None:
    for run, scores in frozen.groupby("run", sort=False)["score"]:
        look: dict[str, Any] = {"color": colour_of(results, str(run)), "label": f"{results.labels[str(run)]}, frozen"}
        axes.axhline(scores.mean(), linestyle=":", **look)
