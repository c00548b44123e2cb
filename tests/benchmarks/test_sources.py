"""The comparison of sources adds up, and keeps what is finished."""

import runpy
from pathlib import Path

import pandas as pd
import pytest

from hapvr.project import Project
from tests.training.sampled import sampled_project

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "sources.py"))


def rows_of(**values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"source": source, "benchmark": "b", "task": "T", "metric": "mAP", "seed": seed, "value": value}
            for source, of_source in values.items()
            for seed, value in enumerate(of_source)
        ]
    )


def test_noise_is_the_standard_error_of_the_difference() -> None:
    (row,) = BENCHMARK["summary"](rows_of(views=[0.4, 0.6], frames=[0.5, 0.6, 0.7])).itertuples()
    assert (row.views_mean, row.frames_mean) == pytest.approx((0.5, 0.6))
    assert row.difference == pytest.approx(0.1)
    # Variances 0.02 of two values and 0.01 of three.
    assert row.noise == pytest.approx((0.02 / 2 + 0.01 / 3) ** 0.5)


def test_the_table_says_whether_a_difference_is_within_noise() -> None:
    def table(**values: list[float]) -> str:
        return BENCHMARK["markdown"](BENCHMARK["summary"](rows_of(**values)), steps=1, jobs=1)

    within = table(views=[0.4, 0.6], frames=[0.5, 0.7])
    assert "| b | T mAP | 50.0 ± 14.1 | 60.0 ± 14.1 | +10.0 | 14.1 | yes |" in within
    beyond = BENCHMARK["markdown"](
        BENCHMARK["summary"](rows_of(views=[0.5, 0.51], frames=[0.7, 0.71])), steps=1, jobs=1
    )
    assert "| +20.0 | 0.7 | no |" in beyond


def test_more_seeds_keep_what_is_trained_and_other_steps_do_not(tmp_path: Path) -> None:
    project: Project = sampled_project(tmp_path, {"a": 5, "b": 5}, views={}, train={})
    for name in project.params.datasets:
        project.dataset_folder(name).mkdir(parents=True, exist_ok=True)
    folder = tmp_path / "work"
    prepared = BENCHMARK["prepared"]
    first = prepared(project, folder, "frames", seeds=[0], steps=2)
    assert (first.params.train.source, first.params.train.steps) == ("frames", 2)
    assert first.frames_file("mini_vcdb", 0).read_bytes() == project.frames_file("mini_vcdb", 0).read_bytes()
    # Losses are added in this order: another one would be another training.
    assert list(first.params.losses_of("hapvr")) == list(project.params.losses_of("hapvr"))
    kept = first.model_folder("hapvr", "0") / "config.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    BENCHMARK["trained"](first.root, 0)
    assert kept.read_text() == "{}"
    assert prepared(project, folder, "frames", seeds=[0, 1], steps=2).members("hapvr") == ["0", "1"]
    assert kept.exists()
    prepared(project, folder, "frames", seeds=[0], steps=3)
    assert not kept.exists()
    assert project.frames_file("mini_vcdb", 0).exists()


def test_few_steps_shorten_warm_up_and_validation_with_them(tmp_path: Path) -> None:
    project: Project = sampled_project(tmp_path, {"a": 5, "b": 5}, views={}, train={})
    for name in project.params.datasets:
        project.dataset_folder(name).mkdir(parents=True, exist_ok=True)
    train = BENCHMARK["prepared"](project, tmp_path / "work", "frames", seeds=[0], steps=1).params.train
    assert (train.steps, train.warmup_steps, train.validation_every) == (1, 1, 1)
