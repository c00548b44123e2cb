"""The schema of runs is made from the losses and methods that there are."""

import inspect
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML

from hapvr.losses import LOSSES, pseudo_labels
from hapvr.params import Params, load
from hapvr.params.runs import Loss

ROOT = Path(__file__).parents[2]
SCHEMAS: dict[str, type[BaseModel]] = {
    get_args(schema.model_fields["name"].annotation)[0]: schema for schema in get_args(get_args(Loss)[0])
}


def _arguments(function) -> set[str]:
    return {name for name, p in inspect.signature(function).parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD}


def test_every_loss_can_be_named():
    assert set(SCHEMAS) == set(LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_arguments_are_the_constructors(name):
    arguments = set(SCHEMAS[name].model_fields) - {"name", "weight"}
    if name.startswith("frame_"):
        rates = _arguments(pseudo_labels) - {"teacher_features"}
        assert rates <= arguments
        arguments -= rates
    assert arguments == _arguments(LOSSES[name])


def test_lists_of_runs_follow_from_the_runs():
    params = load(ROOT / "presets" / "mini.yaml")
    assert params.frozen == ["visil_f", "mean_pool"]
    assert params.normalised == ["hapvr_normalised", "visil_f_normalised"]
    assert params.untrained == ["untrained"]
    assert params.members("untrained") == ["0", "1", "2"]
    assert sorted(params.trained + params.untrained + params.frozen) == sorted(params.scored)
    assert sorted(params.scored + params.normalised) == sorted(params.runs)
    assert (params.members("hapvr_normalised"), params.members("visil_f_normalised")) == (["0", "1", "2"], ["frozen"])


def test_losses_come_in_the_order_of_the_run_shared_ones_resolved():
    params = load(ROOT / "presets" / "mini.yaml")
    losses = params.losses_of("hapvr")
    assert list(losses) == list(params.losses_of("hapvr"))
    assert losses["infonce"] == {"weight": 1, "temperature": 0.03}
    assert losses["quadlinear_ap"] == {"weight": 4, "delta": 0.2, "rho": 0.1}
    assert params.losses_of("hapvr_normalised") == losses
    assert params.losses_of("visil_f") == {}


def test_method_of_a_run_is_its_own_or_a_shared_one():
    params = load(ROOT / "presets" / "mini.yaml")
    assert params.method_of("hapvr") == params.methods["topk_network"].model_dump()
    assert params.method_of("visil_f_normalised") == {"name": "chamfer", "region_top_rate": 0, "frame_top_rate": 0}


@pytest.fixture(scope="module")
def params() -> Params:
    return load(ROOT / "presets" / "mini.yaml")


def read() -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))


def test_a_run_is_scored_where_something_shows_it(params):
    assert params.benchmarks_of("loss_mae") == ["mini_fivr"]
    assert params.benchmarks_of("hapvr") == params.benchmarks
    content = read()
    content["runs"]["mine"] = content["runs"]["loss_mae"]
    assert Params.model_validate(content).benchmarks_of("mine") == params.benchmarks


def test_a_normalised_run_needs_the_scores_of_its_source(params):
    assert set(params.benchmarks_of("hapvr_normalised")) <= set(params.benchmarks_of("hapvr"))


def test_a_run_may_have_fewer_seeds(params):
    assert params.seeds_of("loss_mae") == [0]
    assert params.members("loss_mae") == ["0"]
    assert params.seeds_of("hapvr") == params.train.seeds
    content = read()
    content["runs"]["loss_mae"]["seeds"] = [7]
    with pytest.raises(ValueError, match=r"runs.loss_mae.seeds: 7 is not in train.seeds; accepted: 0, 1, 2"):
        Params.model_validate(content)
