import json
import math
import socket
import subprocess
from pathlib import Path

import pytest
import yaml
from dvc.repo import Repo

from hapvr.project import Project
from hapvr.training.log import LiveLog

ROOT = Path(__file__).parents[2]


def row(step: int) -> dict[str, float]:
    return {"step": step, "total": 1 / step, "validation_mAP": 0.5 if step % 2 == 0 else math.nan}


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def log(folder: Path, steps: int, *, step_s: float | None) -> Path:
    """Logs some steps; the folder of the values."""
    live = LiveLog(folder / "values", folder / "times")
    for step in range(1, steps + 1):
        live.add(row(step), times={"step_s": step_s, "waited_s": None})
    return folder / "values"


def test_a_column_is_a_file_and_values_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    assert content(log(tmp_path, 4, step_s=0.25)) == {
        "metrics.json": b'{\n    "total": 0.25,\n    "step": 4,\n    "validation_mAP": 0.5\n}\n',
        "plots/metrics/total.tsv": b"step\ttotal\n1\t1.0\n2\t0.5\n3\t0.3333333333333333\n4\t0.25\n",
        "plots/metrics/validation_mAP.tsv": b"step\tvalidation_mAP\n2\t0.5\n4\t0.5\n",
    }
    times = content(tmp_path / "times")
    assert times["plots/metrics/step_s.tsv"] == b"step\tstep_s\n1\t0.25\n2\t0.25\n3\t0.25\n4\t0.25\n"


def test_times_do_not_change_the_values(tmp_path: Path) -> None:
    slow, quick = (content(log(tmp_path / name, 3, step_s=step_s)) for name, step_s in (("a", 2.0), ("b", 0.1)))
    assert slow == quick


def test_rows_added_again_after_an_interruption_give_the_same_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = content(log(tmp_path / "undisturbed", 5, step_s=None))
    log(tmp_path / "killed", 3, step_s=None)
    # Would make DVCLive go on where an earlier log ended.
    monkeypatch.setenv("DVCLIVE_RESUME", "true")
    assert content(log(tmp_path / "killed", 5, step_s=None)) == expected


def test_nothing_but_the_two_folders_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    before = content(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DVC_STUDIO_TOKEN", "token")
    monkeypatch.setenv("DVC_STUDIO_REPO_URL", "https://example.org/repository")
    monkeypatch.setattr(socket.socket, "connect", refused)
    log(tmp_path, 2, step_s=0.1)
    after = content(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {
        "values/metrics.json", "values/plots/metrics/total.tsv", "values/plots/metrics/validation_mAP.tsv",
        "times/metrics.json", "times/plots/metrics/step_s.tsv",
    }  # fmt: skip


def test_dvc_shows_a_training_that_still_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the plots of the project's own dvc.yaml, and what `dvc plots show` and `dvc metrics show` are asked for."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    monkeypatch.chdir(tmp_path)
    definition = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"plots": definition["plots"]}))
    project = Project(tmp_path)
    live = LiveLog(project.live_folder("hapvr", "0"), project.times_folder("hapvr", "0"))
    total, times = "models/hapvr/0/live/plots/metrics/total.tsv", "logs/live/hapvr/0/plots/metrics/step_s.tsv"
    with Repo.init(str(tmp_path)) as repo:
        for step in (1, 2):
            live.add(row(step), times={"step_s": 0.1})
            for file, targets in ((total, None), (times, [times])):
                points = repo.plots.show(targets=targets)["workspace"]["sources"]["data"][file]["data"]
                assert [point["step"] for point in points] == [str(number) for number in range(1, step + 1)]
        files = ["models/hapvr/0/live/metrics.json", "logs/live/hapvr/0/metrics.json"]
        metrics = repo.metrics.show(targets=files)[""]["data"]
    assert metrics[files[0]]["data"] == json.loads(json.dumps({**row(2)}))
    assert metrics[files[1]]["data"] == {"step_s": 0.1, "step": 2}
