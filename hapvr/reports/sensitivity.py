"""How much results depend on δ, ρ and the rates of TopK-Chamfer: runs that differ from one run in one of these."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from hapvr.reports.grid import Grid, by_task

if TYPE_CHECKING:
    from hapvr.params import Params
    from hapvr.results import Results


class Swept(NamedTuple):
    """title: of the parameter, short. part: of a run that has it, `method` or `losses`, and its key below that."""

    title: str
    part: str
    key: tuple[str, ...]


SWEPT = {
    "delta": Swept("δ", "losses", ("quadlinear_ap", "delta")),
    "rho": Swept("ρ", "losses", ("quadlinear_ap", "rho")),
    "frame_delta": Swept("δ, frames", "losses", ("frame_quadlinear_ap", "delta")),
    "frame_rho": Swept("ρ, frames", "losses", ("frame_quadlinear_ap", "rho")),
    "region_top_rate": Swept("region rate", "method", ("region_top_rate",)),
    "frame_top_rate": Swept("frame rate", "method", ("frame_top_rate",)),
}

EXPLANATION = (
    "One parameter changed at a time, all others as HAP-VR has them here (own). Values in % on mini_dev, the "
    "development benchmark that is in no other table, all of whose videos are there: mean ± standard deviation over "
    "seeds (n − 1). No interval over queries and nothing bold: scores of experiments are not kept."
)
"""Of the table of experiments."""

POINTS = ["parameter", "setting", "own", "run", "member", "benchmark", "task", "metric", "value"]
"""Columns of the points of the curves. own: the setting is that of the run that others differ from. value: %."""


def setting(parameter: str, *, method: Mapping[str, Any], losses: Mapping[str, Any]) -> float | None:
    """The value that a method and losses, as a run has them, give a parameter of `SWEPT`; None: they have none."""
    found: Any = {"method": method, "losses": losses}[SWEPT[parameter].part]
    for key in SWEPT[parameter].key:
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return float(found)


def settings_of(params: "Params", run: str) -> dict[str, float]:
    """Parameter of `SWEPT` → the run's value."""
    found = {name: setting(name, method=params.method_of(run), losses=params.losses_of(run)) for name in SWEPT}
    return {name: value for name, value in found.items() if value is not None}


def changed(params: "Params", runs: Sequence[str]) -> dict[str, tuple[str, float]]:
    """Run → the parameter in which it differs from the first run, and its value.

    Raises ValueError for a run that differs in none of `SWEPT`, or in several.
    """
    own = settings_of(params, runs[0])
    found = {}
    for run in runs[1:]:
        differing = {name: value for name, value in settings_of(params, run).items() if own.get(name) != value}
        if len(differing) != 1:
            listed = ", ".join(differing) or "none"
            raise ValueError(
                f"runs.{run}: expected one of {', '.join(SWEPT)} to differ from {runs[0]}, the first run of the "
                f"sensitivity, found {listed}"
            )
        found[run] = next(iter(differing.items()))
    return found


def points_of(results: "Results", runs: Sequence[str], benchmarks: Sequence[str]) -> pd.DataFrame:
    """`POINTS` of runs of params.yaml; the first is a point of every curve."""
    params = results.project.params
    own, differing = settings_of(params, runs[0]), changed(params, runs)
    metrics = results.metrics(runs, benchmarks)
    metrics = metrics[(metrics["group"] == "") & (metrics["convention"] == "available")]
    parts = []
    for parameter in dict.fromkeys(name for name, _ in differing.values()):
        points = {runs[0]: own[parameter]} | {
            run: value for run, (name, value) in differing.items() if name == parameter
        }
        of = metrics[metrics["run"].isin(points)]
        parts.append(of.assign(parameter=parameter, setting=of["run"].map(points), own=of["run"] == runs[0]))
    return pd.concat(parts, ignore_index=True)[POINTS]


def with_changes(points: pd.DataFrame) -> pd.DataFrame:
    """The points with `change`, in points of %, from the same member with the own setting; NaN where there is none."""
    keys = ["parameter", "benchmark", "task", "member"]
    own = points[points["own"]].set_index(keys)["value"]
    return points.assign(change=points["value"] - own.reindex(pd.MultiIndex.from_frame(points[keys])).to_numpy())


def points_grid(points: pd.DataFrame) -> Grid:
    """Settings × tasks: mean ± standard deviation over members; nothing is bold."""
    keys = ["parameter", "setting", "own", "benchmark", "task", "metric"]
    found = points.groupby(keys, sort=False)["value"].agg(["mean", "std"]).reset_index()
    texts = [f"{mean:.1f}" + ("" if pd.isna(sd) else f" ± {sd:.1f}") for mean, sd in found[["mean", "std"]].to_numpy()]
    found["text"] = texts
    found["label"] = [setting_label(row.parameter, row.setting, own=row.own) for row in found.itertuples()]
    parameter = pd.Categorical(found["parameter"], found["parameter"].unique())
    ordered = found.assign(parameter=parameter).sort_values(["parameter", "setting"], kind="stable")
    wide = by_task(ordered, "text")
    return Grid(wide, pd.DataFrame(False, index=wide.index, columns=wide.columns))


def setting_label(parameter: str, value: float, *, own: bool) -> str:
    """`δ 0.2 (own)`: one point of a curve."""
    return f"{SWEPT[parameter].title} {value:g}{' (own)' if own else ''}"
