"""What the paper reports, to stand beside what is measured here: other data, so nothing to compare digit by digit.

The files in `paper/` hold the two result tables of Liu et al. 2024, as printed on its slides; an empty cell is
illegible there or was not reported.
"""

from importlib.resources import files

import pandas as pd

EXPLANATION = (
    "Rows in italics are what the paper reports, on EVVE, SVD and FIVR-200K (losses: FIVR-5K), where trained on VCDB. "
    "They are not to be compared digit by digit with numbers of other data, another backbone or another scale."
)
COLUMNS = {
    "EVVR": "evve_map", "EVVD": "evve_uap", "SVR": "svd_map", "SVD": "svd_uap", "DSVR": "dsvr_map", "CSVR": "csvr_map",
    "ISVR": "isvr_map", "DSVD": "dsvd_uap", "CSVD": "csvd_uap", "ISVD": "isvd_uap",
}  # fmt: skip
"""Task → column of the files."""

TABLES = {"methods": "methods", "ablation": "methods", "losses": "losses"}
"""Kind of table → the file that has its rows."""

OTHER_LABELS = {
    "losses": {"+ video-level AP": "QuadLinear-AP", "QuadLinear-AP, video level": "QuadLinear-AP"},
    "methods": {
        "S2VS, its own recipe": "S2VS", "S2VS, published weights": "S2VS", "HAP-VR, published weights": "HAP-VR",
    },
}  # fmt: skip
"""Kind of table → label of a run → its row in the paper, where that is called otherwise."""


def reported(kind: str) -> pd.DataFrame:
    """The paper's numbers in %, one row per label and task: label, task, paper. kind: of a table of params.yaml."""
    if kind not in TABLES:
        return pd.DataFrame({"label": [], "task": [], "paper": []})
    named = _read(TABLES[kind])
    numbers = named.rename(columns={column: task for task, column in COLUMNS.items()}).filter(COLUMNS)
    return numbers.reset_index().melt("label", var_name="task", value_name="paper").dropna(ignore_index=True)


def said_of_methods() -> dict[str, tuple[bool, str]]:
    """Label of a method of the paper's table → whether it learns from labels, and from which training set."""
    return {str(label): (row["label"] == "yes", row["trainset"]) for label, row in _read("methods").iterrows()}


def row_of(label: str, kind: str) -> str:
    """The row of the paper that a run of this label stands for in a kind of table."""
    return OTHER_LABELS.get(kind, {}).get(label, label)


def _read(name: str) -> pd.DataFrame:
    with files("hapvr.reports").joinpath("paper", f"{name}.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, comment="#")
    return table.set_index(table.columns[0]).rename_axis("label")


def add_reported(summary: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The summary with a column `paper`: what is reported for a run of that label on that task, else NaN."""
    numbers = reported(kind).set_index(["label", "task"])["paper"]
    rows = pd.MultiIndex.from_arrays([summary["label"].replace(OTHER_LABELS.get(kind, {})), summary["task"]])
    return summary.assign(paper=numbers.reindex(rows).to_numpy())


def not_computed(labels: set[str]) -> list[str]:
    """Methods of the paper's table that none of these runs stands for, in its order."""
    shown = labels | {OTHER_LABELS["methods"].get(label, label) for label in labels}
    return [label for label in dict.fromkeys(_read("methods").index) if label not in shown]
