from pathlib import Path

import pytest

from hapvr.params import load
from hapvr.params.load import check
from hapvr.params.preset import as_text, read_preset
from hapvr.reports.introduction import introduce, is_rendered

PRESETS = Path(__file__).parents[2] / "presets"


def preset(name: str):
    return check(as_text(read_preset(PRESETS, name)), PRESETS / f"{name}.yaml")


@pytest.mark.parametrize("name", sorted(file.stem for file in PRESETS.glob("*.yaml")))
def test_every_preset_is_introduced_by_its_own_parameters(name):
    params = preset(name)
    reproduced, on, left_out = (" ".join(part) for part in introduce(params))
    assert "HAP-VR" in reproduced
    assert f"{params.train.steps:,} steps of {params.train.pairs} pairs" in on
    assert f"{params.frames.size} px" in on
    assert all(benchmark in on for benchmark in params.benchmarks)
    assert ("No real benchmark" in left_out) == is_rendered(params)


def test_counts_are_those_of_the_rendered_data():
    params = load(PRESETS / "mini.yaml")
    assert "Trained on 200 rendered videos of mini_vcdb, without labels" in " ".join(introduce(params).on)
    assert "mini_svd (30 queries)" in " ".join(introduce(params).on)


def test_methods_of_the_paper_that_no_run_stands_for_are_named():
    left_out = introduce(load(PRESETS / "mini.yaml")).left_out[-1]
    assert "DML, TMK, TCA" in left_out
    assert "S2VS" not in left_out


def test_the_paper_preset_is_on_published_data_with_its_own_backbone():
    introduction = introduce(preset("paper"))
    assert "The published benchmarks" in " ".join(introduction.on)
    assert not any("backbone" in sentence for sentence in introduction.left_out)
