"""A parameter file that does not fit is refused, naming the file, the key and what is accepted."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hapvr.params import ParamsError, load

ROOT = Path(__file__).parents[2]
Change = Callable[[dict[str, Any]], object]


@cache
def mini() -> str:
    """The preset as JSON, in which no two places share what is changed, as the aliases of YAML do."""
    return json.dumps(yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text()))


def refused(folder: Path, change: Change) -> list[str]:
    """The lines of the error that the changed mini preset gives, after the first, which names the file."""
    content = json.loads(mini())
    change(content)
    file = folder / "params.yaml"
    file.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(ParamsError) as error:
        load(file)
    first, *rest = str(error.value).splitlines()
    assert first == f"{file}: {len(rest)} wrong value(s)"
    return [line.removeprefix("  ") for line in rest]


def test_params_file_of_the_project_is_valid() -> None:
    assert load(ROOT / "params.yaml").datasets


WRONG: dict[str, tuple[Change, str]] = {
    "unknown key": (
        lambda p: p["train"].update(step=1),
        "train.step: unknown key (did you mean steps?); accepted: seeds, source, ",
    ),
    "unknown key of a method": (
        lambda p: p["runs"]["visil_f"]["method"].update(rate=1),
        "runs.visil_f.method.rate: unknown key; accepted: name, region_top_rate, frame_top_rate",
    ),
    "unknown section": (lambda p: p.update(trian={}), "trian: unknown key (did you mean train?); accepted: preset, "),
    "missing key": (lambda p: p["train"].pop("steps"), "train.steps: missing key; add it (see presets/mini.yaml)"),
    "missing section": (lambda p: p.pop("train"), "train: missing key; add it (see presets/mini.yaml)"),
    "empty section": (lambda p: p.update(train=None), "train: expected keys with values, found None"),
    "no method name": (lambda p: p["runs"]["visil_f"]["method"].pop("name"), "runs.visil_f.method.name: missing key"),
    "no weight of a loss": (
        lambda p: p["runs"]["loss_mae"]["losses"]["mae"].pop("weight"),
        "runs.loss_mae.losses.mae.weight: missing key; add it",
    ),
    "unknown key of a loss": (
        lambda p: p["runs"]["loss_circle"]["losses"]["circle"].update(gama=1),
        "runs.loss_circle.losses.circle.gama: unknown key (did you mean gamma?); accepted: ",
    ),
    "out of range in a loss": (
        lambda p: p["runs"]["loss_circle"]["losses"]["circle"].update(gamma=0),
        "runs.loss_circle.losses.circle.gamma: Input should be greater than 0, found 0",
    ),
    "out of range in a shared loss": (
        lambda p: p["objectives"]["base"]["infonce"].update(temperature=0),
        "objectives.base.infonce.temperature: Input should be greater than 0, found 0",
    ),
    "out of range in a figure": (
        lambda p: p["figures"]["contact_sheet"].update(queries=0),
        "figures.contact_sheet.queries: Input should be greater than or equal to 1, found 0",
    ),
    "unknown figure": (
        lambda p: p["figures"].update(contactsheet={"queries": 1}),
        "figures.contactsheet: 'contactsheet' is not accepted (did you mean contact_sheet?); accepted: ablation, ",
    ),
    "unknown shared method": (
        lambda p: p["runs"]["hapvr"].update(method="topk"),
        "runs.hapvr.method: 'topk' is not in methods; accepted: topk_network",
    ),
    "unknown objective": (
        lambda p: p["runs"]["hapvr"]["losses"].update(infonce="bas"),
        "runs.hapvr.losses.infonce: 'bas' is not in objectives; accepted: base",
    ),
    "loss that the objective does not have": (
        lambda p: p["runs"]["hapvr"]["losses"].update(mae="base"),
        "objectives.base: 'mae' is not in it, as runs.hapvr expects; accepted: infonce, ",
    ),
    "warm-up beyond the steps": (
        lambda p: p["train"].update(warmup_steps=101),
        "train: warmup_steps: 101 of 100 steps in all; lower it, or raise steps",
    ),
    "validation beyond the steps": (
        lambda p: p["train"].update(validation_every=101),
        "train: validation_every: 101 of 100 steps in all; lower it, or raise steps",
    ),
    "more processes than GPUs are asked for": (
        lambda p: (p["train"].update(processes=3), p["resources"]["train"].update(gpu=2)),
        "resources.train.gpu: 2, but train.processes is 3, each on a GPU of its own; put 3, or 0 to train on CPUs",
    ),
    "run whose name is a command": (
        lambda p: p["runs"].update({"hapvr; touch x": p["runs"]["hapvr"]}),
        "runs.hapvr; touch x: 'hapvr; touch x' becomes part of commands and paths; expected letters, digits, ",
    ),
    "table whose name leads elsewhere": (
        lambda p: p["tables"].update({"../methods": p["tables"]["methods"]}),
        "tables.../methods: '../methods' becomes part of commands and paths; expected letters, digits, ",
    ),
    "dataset whose name is an option": (
        lambda p: p["fetch"].update({"--help": p["fetch"]["mini_fivr"]}),
        "fetch.--help: '--help' becomes part of commands and paths; expected letters, digits, ",
    ),
    "test whose name has quotes": (
        lambda p: p["differences"]["tables"].update({"it's": p["differences"]["tables"].copy().popitem()[1]}),
        'differences.tables: "it\'s" becomes part of commands and paths; expected letters, digits, ',
    ),
    "no process": (
        lambda p: p["train"].update(processes=0),
        "train.processes: Input should be greater than or equal to 1, found 0",
    ),
    "out of range": (lambda p: p["frames"].update(fps=-1), "frames.fps: Input should be greater than 0, found -1"),
    "frames smaller than what is kept of them": (
        lambda p: p["frames"].update(resize=127),
        "frames: resize: expected at least size, 128, found 127",
    ),
    "out of range in a method": (
        lambda p: p["runs"]["visil_f"]["method"].update(region_top_rate=2),
        "runs.visil_f.method.region_top_rate: Input should be less than or equal to 1, found 2",
    ),
    "not a number": (
        lambda p: p["train"].update(steps="many"),
        "train.steps: Input should be a valid integer, unable to parse string as an integer, found 'many'",
    ),
    "unknown loss": (
        lambda p: p["runs"]["hapvr"]["losses"].update(infonze={"weight": 1}),
        "runs.hapvr.losses.infonze: 'infonze' is not accepted (did you mean infonce?); accepted: blackbox_ap, ",
    ),
    "unknown method": (
        lambda p: p["runs"]["visil_f"]["method"].update(name="quantum"),
        "runs.visil_f.method.name: 'quantum' is not accepted; accepted: chamfer, ",
    ),
    "unknown backbone": (
        lambda p: p.update(backbone="vgg"),
        "backbone: 'vgg' is not accepted; accepted: efficientnet_lite0",
    ),
    "unknown benchmark": (
        lambda p: p["benchmarks"].append("mini_fivrr"),
        "benchmarks: 'mini_fivrr' is not in datasets; accepted: mini_vcdb, mini_fivr, mini_evve, mini_svd",
    ),
    "unknown run in a table": (
        lambda p: p["tables"]["methods"]["runs"].append("x"),
        "tables.methods.runs: 'x' is not in the runs with scores; accepted: hapvr, s2vs, ",
    ),
    "benchmark used for training": (
        lambda p: p.update(training_set="mini_fivr"),
        "training_set: mini_fivr is also in benchmarks; train on other videos",
    ),
    "gap in shards": (lambda p: p.update(shards=[0, 2]), "shards: expected 0, 1, … without gaps, found [0, 2]"),
    "teacher without weights": (
        lambda p: p["teacher"].update(name="dino_vits16"),
        "teacher: dino_vits16 needs a file of weights, found null; `hapvr weights dino_vits16` fetches one into ",
    ),
    "weights of the backbone as teacher": (
        lambda p: p["teacher"].update(weights="dino.safetensors"),
        "teacher: the backbone has its weights in features.weights; found 'dino.safetensors', expected null",
    ),
    "raw pixels for the backbone": (
        lambda p: p["teacher"].update(raw_pixels=True),
        "teacher: the backbone gets the pixels it was trained with; raw_pixels: expected false, found true",
    ),
    "part of a view bank": (
        lambda p: p["views"].update(shards=[0]),
        "views.shards: expected [0, 1] as in shards, or [], found [0]",
    ),
    "views to train on that nobody makes": (
        lambda p: p["views"].update(shards=[]),
        "views.shards: train.source is views; expected [0, 1] as in shards, found []",
    ),
    "normalised run of no run": (
        lambda p: p["runs"]["hapvr_normalised"].update(of="hapv"),
        "runs.hapvr_normalised.of: 'hapv' is not in the runs with a method; accepted: hapvr, s2vs, ",
    ),
    "normalised run of a normalised run": (
        lambda p: p["runs"]["hapvr_normalised"].update(of="visil_f_normalised"),
        "runs.hapvr_normalised.of: 'visil_f_normalised' is not in the runs with a method; accepted: hapvr, s2vs, ",
    ),
    "method of a normalised run": (
        lambda p: p["runs"]["hapvr_normalised"].update(method={"name": "mean_pool"}),
        "runs.hapvr_normalised.method: unknown key; accepted: label, of, normalise",
    ),
    "ranks that run downwards": (
        lambda p: p["runs"]["hapvr_normalised"]["normalise"].update(first=4),
        "runs.hapvr_normalised.normalise: first: 4 is after last: 3; give the smaller rank first",
    ),
    "empty run": (lambda p: p["runs"].update(s2vs=None), "runs.s2vs: expected keys with values, found None"),
    "losses of a method without weights": (
        lambda p: p["runs"]["visil_f"].update(losses={"mse": {"weight": 1}}),
        "runs.visil_f.losses: method chamfer has no `forward` to train by losses; ",
    ),
    "unknown run in a difference": (
        lambda p: p["differences"]["tables"]["hapvr"]["pairs"].append(["hapvr", "x"]),
        "differences.tables.hapvr.pairs: 'x' is not in the runs with scores; accepted: hapvr, s2vs, ",
    ),
    "unknown benchmark in a difference": (
        lambda p: p["differences"]["tables"]["hapvr"]["benchmarks"].append("x"),
        "differences.tables.hapvr.benchmarks: 'x' is not in benchmarks; accepted: ",
    ),
    "unknown run in the headline": (
        lambda p: p["headline"]["runs"].append("x"),
        "headline.runs: 'x' is not in the runs with scores; accepted: hapvr, s2vs, ",
    ),
    "normalised run scored in other formats": (
        lambda p: p["number_format"]["runs"].append("hapvr_normalised"),
        "number_format.runs: 'hapvr_normalised' is not in the runs with a method; accepted: hapvr, s2vs, ",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_value_is_refused_by_name(case: str, tmp_path: Path) -> None:
    change, message = WRONG[case]
    lines = refused(tmp_path, change)
    assert len(lines) == 1
    assert lines[0].startswith(message)


def test_every_wrong_value_is_reported_at_once(tmp_path: Path) -> None:
    lines = refused(tmp_path, lambda p: (p["frames"].update(fps=0), p["views"].pop("seed")))
    assert [line.split(":")[0] for line in lines] == ["frames.fps", "views.seed"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"train: {steps: 1}\ntrain: {steps: 2}\n", "duplicate key"),
        (b"train: [1\n", "not valid YAML"),
        (b"\xff\xfe\x00", "not valid YAML"),
        (b"- a\n", "expected keys with values, found ['a']"),
        (b"", "expected keys with values, found None"),
    ],
)
def test_unreadable_file_is_refused_by_name(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "params.yaml"
    file.write_bytes(content)
    with pytest.raises(ParamsError) as error:
        load(file)
    assert str(error.value).startswith(f"{file}: ")
    assert message in str(error.value)


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ParamsError, match="no such file; run this in the project's folder, or `hapvr preset mini`"):
        load(tmp_path / "params.yaml")
