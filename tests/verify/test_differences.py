"""What is said of two files that differ."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from hapvr.verify.differences import describe_difference
from hapvr.verify.outputs import compare_outputs


def write_hdf5(path: Path, value: float) -> None:
    with h5py.File(path, "w") as file:
        file["queries"] = [b"q0", b"q1"]
        file["similarity/0"] = np.array([[0.5, value], [-0.75, 0.25]], np.float32)


def write_tensors(path: Path, value: float) -> None:
    save_file({"weight": torch.tensor([value, 2.0], dtype=torch.bfloat16)}, path)


def write_json(path: Path, value: float) -> None:
    path.write_text(json.dumps({"DSVR": {"mAP": value, "label": "x"}, "seeds": [0, 1]}))


def write_csv(path: Path, value: float) -> None:
    path.write_text(f"run,mAP\nhapvr,{value}\ns2vs,\n")


@pytest.mark.parametrize(
    ("suffix", "write", "values", "said"),
    [
        (".h5", write_hdf5, (1.0, 0.875), "1 of 4 numbers, by up to 0.125 (similarity/0) where they reach 1"),
        (".safetensors", write_tensors, (1.0, 1.5), "1 of 2 numbers, by up to 0.5 (weight) where they reach 2"),
        (".json", write_json, (0.5, 0.25), "1 of 3 numbers, by up to 0.25 (DSVR.mAP) where they reach 0.5"),
        (".csv", write_csv, (0.5, 0.75), "1 of 2 numbers, by up to 0.25 (mAP) where they reach 0.5"),
    ],
)
def test_a_difference_is_counted_and_measured(tmp_path: Path, suffix: str, write, values, said: str) -> None:
    files = [tmp_path / f"{number}{suffix}" for number in (0, 1, 2)]
    for file, value in zip(files, (values[0], values[1], values[0]), strict=True):
        write(file, value)
    assert describe_difference(files[0], files[1]) == said
    assert describe_difference(files[0], files[2]) is None


def test_what_is_missing_has_another_shape_or_no_numbers_is_said(tmp_path: Path) -> None:
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text('{"x": 1, "name": "a"}')
    second.write_text('{"y": 1, "name": "b"}')
    assert describe_difference(first, second) == "x only in the first; y only in the second; 1 other values"
    assert describe_difference(first, tmp_path / "none") == "only the first has it"
    (tmp_path / "a.svg").write_text("<svg/>")
    (tmp_path / "b.svg").write_text("<svg />")
    assert describe_difference(tmp_path / "a.svg", tmp_path / "b.svg") == "other bytes, 6 and 7"


def test_outputs_of_two_runs_are_compared_by_hash_and_then_by_file(tmp_path: Path) -> None:
    for name, value in (("first", 0.5), ("second", 0.25)):
        folder = tmp_path / name
        (folder / "models" / "hapvr").mkdir(parents=True)
        write_json(folder / "models" / "hapvr" / "live.json", value)
        (folder / "models" / "hapvr" / "config.json").write_text("{}")
        outs = f"{{path: models/hapvr, md5: {name}}}, {{path: scores.h5, md5: same}}"
        alone = "" if name == "second" else ", other: {outs: [{path: only.csv, md5: x}]}"
        (folder / "dvc.lock").write_text(f"stages: {{train: {{outs: [{outs}]}}{alone}}}")
    compared = compare_outputs(tmp_path / "first", tmp_path / "second")
    assert compared.outputs == 3
    assert compared.differences == {
        "models/hapvr/live.json": "1 of 3 numbers, by up to 0.25 (DSVR.mAP) where they reach 0.5",
        "only.csv": "only the first run has it",
    }
