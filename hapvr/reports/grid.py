"""A table of runs × tasks as people read it: mean ± standard deviation in %, bold what no other run surely beats."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from pandas.io.formats.style import Styler

from hapvr.reports.summary import METRIC_LABELS
from hapvr.topk import kept_at_levels

CHECK_MARK = "✓"
NO_BREAK = "\u00a0"
LATEX_SPECIAL = str.maketrans(
    {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {sign: f"\\{sign}" for sign in "_&%#${}"}
)
LATEX_SIGNS = {
    NO_BREAK: "~",
    "±": r"$\pm$",
    "µ": r"$\mu$",
    CHECK_MARK: r"\checkmark",
    "–": "--",
    "−": "$-$",
    "×": r"$\times$",
}


def signed(value: float) -> str:
    """Two decimals; a plus or a real minus sign, none for what prints as zero."""
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")


@dataclass(frozen=True)
class Grid:
    """text and best: the cells, and which of them are bold (same shape). reported: rows of the paper's numbers.

    The columns have three levels: metric, benchmark, task; those of the components of an ablation leave two empty.
    """

    text: pd.DataFrame
    best: pd.DataFrame
    reported: tuple[str, ...] = ()

    def markdown(self) -> str:
        cells = self.text.where(~self.best, "**" + self.text + "**")
        cells.loc[list(self.reported)] = cells.loc[list(self.reported)].map(lambda cell: cell and f"*{cell}*")
        cells = cells.rename(index={label: f"*{label}*" for label in self.reported})
        heads = [" ".join(part for part in (benchmark, task, metric) if part) for metric, benchmark, task in cells]
        return str(cells.set_axis(heads, axis=1).to_markdown())

    def latex(self) -> str:
        """A `tabular` for the packages booktabs and amssymb."""
        styles = self.best.map(lambda best: "textbf: --rwrap;" if best else "")
        styles.loc[list(self.reported)] = "textit: --rwrap;"
        labels = ["textit: --rwrap;" if label in self.reported else "" for label in self.text.index]
        styler = self._styler("latex").apply(lambda _: styles, axis=None).apply_index(lambda _: labels, axis=0)
        alignment = "l" + "c" * self.text.shape[1]
        text = str(styler.to_latex(hrules=True, multicol_align="c", column_format=alignment))
        return _with_commands(text)

    def _styler(self, language: str) -> Styler:
        styler = self.text.style.format(escape=language)
        return styler.format_index(escape=language, axis=0).format_index(escape=language, axis=1)


def in_latex(text: str) -> str:
    """Plain text as LaTeX."""
    return _with_commands(text.translate(LATEX_SPECIAL))


def methods_grid(summary: pd.DataFrame, convention: str) -> Grid:
    """Runs × tasks, the mAP tasks of all benchmarks before the µAP tasks.

    summary: as `hapvr.reports.best.mark_best` gives it; its `best` cells are bold. convention: "available" or "strict".
    Below a run that the paper has, if the summary has a column `paper`, stand the numbers reported there.
    """
    chosen = summary[summary["convention"] == convention]
    wide = {column: by_task(chosen, column) for column in ("mean", "sd", "best")}
    means = wide["mean"].map(lambda mean: "–" if pd.isna(mean) else f"{mean:.1f}")
    deviations = wide["sd"].map(lambda sd: "" if pd.isna(sd) else f" ± {sd:.1f}")
    text, best = means + deviations, wide["best"].eq(True)
    if "paper" not in chosen:
        return Grid(text, best)
    return _with_reported(text, best, by_task(chosen, "paper"))


def _with_reported(text: pd.DataFrame, best: pd.DataFrame, paper: pd.DataFrame) -> Grid:
    """A row of the paper's numbers below each run that it has."""
    rows = {f"paper: {label}": label for label in text.index if paper.loc[label].notna().any()}
    order = [name for label in text.index for name in (label, f"paper: {label}") if name == label or name in rows]
    numbers = paper.map(lambda value: "–" if pd.isna(value) else f"{value:.1f}")
    numbers = numbers.loc[list(rows.values())].set_axis(list(rows))
    nowhere = pd.DataFrame(False, index=list(rows), columns=best.columns)
    return Grid(pd.concat([text, numbers]).loc[order], pd.concat([best, nowhere]).loc[order], tuple(rows))


def intervals_grid(summary: pd.DataFrame) -> Grid:
    """Runs × tasks as in `methods_grid`: bounds of the interval of each `available` value. Nothing is bold."""
    chosen = summary[summary["convention"] == "available"]
    bounds = [f"[{low:.1f},{NO_BREAK}{high:.1f}]" for low, high in chosen[["low", "high"]].to_numpy()]
    texts = chosen.assign(interval=["–" if "nan" in text else text for text in bounds])
    text = by_task(texts, "interval")
    return Grid(text, pd.DataFrame(False, index=text.index, columns=text.columns))


def ticked_grid(summary: pd.DataFrame, convention: str, runs: Mapping[str, Mapping[str, bool | str]]) -> Grid:
    """`methods_grid` after columns that say what each run has: a tick, or a text.

    runs: label, also of rows of the paper's numbers → name of a column → whether it has it, or the text.
    """
    grid = methods_grid(summary, convention)
    ticks = pd.DataFrame(list(runs.values()), index=list(runs))
    ticks = ticks.map(lambda has: has if isinstance(has, str) else CHECK_MARK if has else "")
    ticks.columns = pd.MultiIndex.from_tuples([("", "", name) for name in ticks.columns])
    ticks = ticks.reindex(grid.text.index, fill_value="")
    best = pd.DataFrame(False, index=ticks.index, columns=ticks.columns)
    return Grid(pd.concat([ticks, grid.text], axis=1), pd.concat([best, grid.best], axis=1), grid.reported)


def components(method: Mapping[str, Any], losses: Container[str], *, window: int) -> dict[str, bool]:
    """Which of HAP-VR's components a run has, from its method (parameters by name) and the names of its losses.

    window: frames that it is trained on; rates that keep one item of them are those of plain Chamfer.
    """
    return {
        "TopK-Chamfer": max(kept_at_levels(method, window)) > 1,
        "video-level AP": "quadlinear_ap" in losses,
        "frame-level AP": "frame_quadlinear_ap" in losses,
    }


def _with_commands(text: str) -> str:
    for sign, command in LATEX_SIGNS.items():
        text = text.replace(sign, command)
    return text


def by_task(cells: pd.DataFrame, values: str) -> pd.DataFrame:
    """Labels, in the order of the cells, × (metric, benchmark, task), the mAP tasks of all benchmarks before the µAP
    tasks. cells: with the columns `label`, `metric`, `benchmark`, `task` and `values`, of which one it gives."""
    keys = ["metric", "benchmark", "task"]
    heads = cells[keys].drop_duplicates().sort_values("metric", kind="stable")
    columns = pd.MultiIndex.from_frame(heads, names=[None] * 3)
    wide = cells.pivot(index="label", columns=keys, values=values).reindex(cells["label"].unique()).rename_axis(None)
    return wide.reindex(columns=columns).rename(columns=METRIC_LABELS, level=0)
