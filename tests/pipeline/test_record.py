"""What is recorded of a run in whose time somebody edited."""

import shutil
from pathlib import Path

from hapvr.pipeline.plan import refresh
from hapvr.pipeline.record import record

ROOT = Path(__file__).parents[2]


def test_with_parameters_in_the_middle_of_an_edit_nothing_is_recorded_and_nothing_breaks(
    tmp_path: Path,
) -> None:
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    refresh(tmp_path)
    (tmp_path / "params.yaml").write_text("train: [", encoding="utf-8")
    assert record(tmp_path, ["score@hapvr-mini_svd", "freeze@visil_f"], steps=[], planned={}) == [
        "freeze@visil_f", "score@hapvr-mini_svd",
    ]  # fmt: skip
