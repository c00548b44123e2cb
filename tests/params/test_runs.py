"""The schema of runs is made from the losses and methods that there are."""

import inspect
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel
from ruamel.yaml import YAML

from hapvr.losses import LOSSES, pseudo_labels
from hapvr.params import Params, ParamsError, load
from hapvr.params.load import check_content
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
    assert params.frozen == ["visil_f", "mean_pool", "random", "tmk"]
    assert params.normalised == ["hapvr_normalised", "visil_f_normalised"]
    assert params.untrained == ["untrained"]
    assert params.members("untrained") == ["0", "1", "2"]
    assert params.reranked == ["dns_reranked"]
    assert sorted(params.trained + params.untrained + params.frozen) == sorted([*params.scored, "dns_selector"])
    assert sorted(params.scored + params.normalised + params.reranked) == sorted(params.evaluated)
    assert {*params.runs} - {*params.evaluated} == {"dns_selector"}
    assert params.members("dns_reranked") == ["0", "1", "2"]
    assert (params.members("hapvr_normalised"), params.members("visil_f_normalised")) == (["0", "1", "2"], ["frozen"])


def test_labels_reach_a_run_through_its_teachers():
    params = load(ROOT / "presets" / "mini.yaml")
    labelled = {run for run in params.evaluated if params.learns_from_labels(run)}
    assert labelled == {"dml", "tca", "visil", "dns_att", "dns_bin", "dns_coarse", "dns_reranked"}


RERANK = {"coarse": "dns_coarse", "fine": "dns_att", "selector": "dns_selector", "share": 0.1}
WRONG = {
    "teacher that is not asked for": (
        {"visil": {"teachers": {"fine": "hapvr"}}},
        "runs.visil.teachers: method visil asks for none, found fine",
    ),
    "no teacher": ({"dns_att": {"teachers": {}}}, "runs.dns_att.teachers: method dns_att asks for fine, found none"),
    "teacher that is not trained": (
        {"dns_att": {"teachers": {"fine": "visil_f"}}},
        "runs.dns_att.teachers.fine: 'visil_f' is not in the trained runs; accepted: ",
    ),
    "teacher with fewer seeds": (
        {"visil": {"seeds": [0]}},
        "runs.dns_att.seeds: 1 is not in the seeds of runs.dns_att.teachers.fine; accepted: 0",
    ),
    "taught by itself": (
        {"dns_att": {"teachers": {"fine": "dns_att"}}},
        "runs.dns_att.teachers.fine: dns_att is taught by dns_att itself; name another run",
    ),
    "selector that retrieves": (
        {"dns_reranked": {"rerank": RERANK | {"selector": "visil"}}},
        "runs.dns_reranked.rerank.selector: 'visil' is not in the runs of a selector; accepted: dns_selector",
    ),
    "parts with other members": (
        {
            "dns_reranked": {
                "rerank": {"coarse": "mean_pool", "fine": "dns_att", "selector": "dns_selector", "share": 0.1}
            }
        },
        "runs.dns_reranked.rerank: expected runs with the same members, found frozen; 0, 1, 2; 0, 1, 2; give",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_teachers_and_parts_are_named(case):
    changes, message = WRONG[case]
    content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))
    for run, change in changes.items():
        content["runs"][run] |= change
    with pytest.raises(ParamsError) as error:
        check_content(content, "params.yaml")
    assert message in str(error.value)


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


def test_the_run_of_a_figure_is_a_re_ranked_one_and_scored_where_the_figure_shows_it():
    content = read()
    content["figures"]["rerank_curve"] = {"run": "dns_att", "benchmark": "mini_fivr", "shares": [0, 1]}
    with pytest.raises(ValueError, match=r"figures\.rerank_curve\.run: 'dns_att' is not in the re-ranked runs"):
        Params.model_validate(content)
    content["runs"]["mine"] = {"label": "Mine", "rerank": content["runs"]["dns_reranked"]["rerank"]}
    content["figures"]["rerank_curve"]["run"] = "mine"
    assert Params.model_validate(content).benchmarks_of("mine") == ["mini_fivr"]
    content["figures"]["rerank_curve"]["shares"] = [0, 5]
    with pytest.raises(ValueError, match="less than or equal to 1"):
        Params.model_validate(content)


def test_a_selector_by_itself_is_shown_nowhere():
    content = read()
    content["tables"]["methods"]["runs"].append("dns_selector")
    with pytest.raises(ValueError, match=r"tables\.methods\.runs: 'dns_selector' is not in the runs with scores"):
        Params.model_validate(content)


def test_the_notebook_tells_of_a_network_and_shows_its_losses_as_the_run_has_them():
    content = YAML(typ="safe").load((ROOT / "presets" / "mini.yaml").read_text())
    params = load(ROOT / "presets" / "mini.yaml")
    assert list(params.told_losses)[: len(params.losses_of("hapvr"))] == list(params.losses_of("hapvr"))
    content["notebook"]["losses"]["quadlinear_ap"] = {"weight": 1, "delta": 0.9, "rho": 0.9}
    told = check_content(content, Path("params.yaml")).told_losses
    assert told["quadlinear_ap"] == params.losses_of("hapvr")["quadlinear_ap"]
    content["notebook"]["run"] = "visil_f"
    with pytest.raises(ParamsError, match=r"notebook\.run: 'visil_f' is not in the runs of a network"):
        check_content(content, Path("params.yaml"))
