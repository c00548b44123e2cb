from pathlib import Path

import pytest
import yaml

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
    steps = f"{params.train.steps:,} steps of {params.train.pairs} pairs"
    assert (steps in on) == bool(params.trained)
    assert ("Nothing is trained" in reproduced) != bool(params.trained)
    assert f"{params.frames.size} px" in on
    assert all(benchmark in on for benchmark in params.benchmarks)
    assert ("No real benchmark" in left_out) == is_rendered(params)


def test_counts_are_those_of_the_rendered_data():
    params = load(PRESETS / "mini.yaml")
    assert "Trained on 200 rendered videos of mini_vcdb, without labels" in " ".join(introduce(params).on)
    labelled = "DML, TCA, ViSiL, DnS (S_f^A), DnS (S_f^B) and DnS (5 %)"
    assert f"From the labels of its core, themselves or by a teacher: {labelled}." in introduce(params).on
    assert "mini_svd (40 queries)" in " ".join(introduce(params).on)


def test_what_is_trained_in_a_way_of_its_own_is_said():
    on = introduce(preset("paper")).on
    assert "On dns_100k instead: DnS (S_f^A), DnS (S_f^B) and DnS (5 %)." in on
    assert "S2VS, its own recipe has window 32, learning_rate 5e-05." in on
    assert not any("instead" in sentence or " has " in sentence for sentence in introduce(preset("mini")).on)


def test_seeds_are_those_of_the_runs_not_of_the_section_alone():
    # three seeds, but the loss rows have one, and in the paper preset those of the sensitivity
    assert "1 to 3 seeds a run" in " ".join(introduce(preset("mini")).on)
    assert "1 to 3 seeds a run" in " ".join(introduce(preset("paper")).on)
    assert "1 seed." in " ".join(introduce(preset("smoke")).on)


def test_a_table_that_is_not_made_is_left_out():
    assert "The loss table is not made." in introduce(preset("smoke")).left_out
    assert not any("is not made" in sentence for sentence in introduce(preset("mini")).left_out)


def test_the_teacher_is_judged_by_itself():
    params = preset("paper")
    teacher = params.teacher.model_copy(update={"name": "backbone"})
    left_out = introduce(params.model_copy(update={"teacher": teacher})).left_out
    assert "Not the paper's teacher (DINO ViT-S/16)." in left_out
    assert not any("backbone" in sentence for sentence in left_out)


@pytest.mark.parametrize(
    "key", ["backbone", "benchmarks", "fetch", "frames.fps", "frames.size", "runs", "tables", "teacher.name",
            "train.pairs", "train.seeds", "train.steps", "train.window", "training_set", "whiten.dims"],
)  # fmt: skip
def test_the_page_is_made_again_when_what_it_begins_with_changes(key):
    stages = yaml.safe_load((PRESETS.parent / "dvc.yaml").read_text())["stages"]
    assert {key, key.partition(".")[0]} & {name for name in stages["report"]["params"] if isinstance(name, str)}


def test_methods_of_the_paper_that_no_run_stands_for_are_named():
    left_out = introduce(preset("smoke")).left_out[-1]
    assert "DML, TMK, TCA" in left_out
    assert "S2VS" not in left_out
    assert not any("no run stands for" in sentence for sentence in introduce(preset("mini")).left_out)


def test_the_paper_preset_is_on_published_data_with_its_own_backbone():
    introduction = introduce(preset("paper"))
    assert "The published benchmarks" in " ".join(introduction.on)
    assert not any("backbone" in sentence for sentence in introduction.left_out)
