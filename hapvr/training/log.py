"""The log of a training, written by DVCLive while it runs, for `dvc plots` and `dvc metrics` to read at any time."""

import math
import shutil
from pathlib import Path

from dvclive import Live


class LiveLog:
    """A file per column, `plots/metrics/{column}.tsv`, and the last value of each in `metrics.json`.

    values: folder of what the seed determines; it belongs to the results of a training, where DVC hashes it.
    times: folder of what differs between two equal trainings, which lies outside of them.
    What lay in both is removed: a training that goes on at a checkpoint adds its earlier rows again.
    """

    def __init__(self, values: Path, times: Path) -> None:
        self._values, self._times = _Files(values), _Files(times)

    def add(self, row: dict[str, float], *, times: dict[str, float | None]) -> None:
        """Logs one step. row: `step`, counted from 1, and any columns; NaN is left out, and so is a time of None."""
        step = int(row["step"])
        self._values.add(step, {name: value for name, value in row.items() if name != "step"})
        known = {name: value for name, value in times.items() if value is not None}
        if known:
            self._times.add(step, known)


class _Files(Live):
    """DVCLive's files and nothing else of it: no look into Git or DVC, no dvc.yaml, no upload.

    `Live.next_step` and `Live.end` do these things too, and read every file again at each step.
    """

    def __init__(self, folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        super().__init__(dir=str(folder), save_dvc_exp=False, dvcyaml=False)

    def _init_dvc(self) -> None:
        """Opening the repository takes most of a second and has no use here."""

    def _init_studio(self) -> None:
        """Would send a message if the environment holds a token."""

    def add(self, step: int, columns: dict[str, float]) -> None:
        self.step = step
        for name, value in columns.items():
            if not math.isnan(value):
                self.log_metric(name, value)
        self.make_summary()
