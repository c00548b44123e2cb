"""A table that claims to add one thing after another does so."""

from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from hapvr.losses import level_of
from hapvr.params import Params, load
from hapvr.params.one_thing import NORMALISATION, TOPK_RATES, TRAINING_SET, things_changed
from hapvr.params.runs import NormalisedRun

ROOT = Path(__file__).parents[2]
FILES = {"params.yaml": ROOT / "params.yaml", "presets/paper.yaml": ROOT / "presets" / "paper.yaml"}


@pytest.fixture(params=FILES)
def params(request: pytest.FixtureRequest) -> Params:
    return load(FILES[request.param])


def changed(**changes: Any) -> Params:
    """The embedded preset with some keys of its run `ablation_topk` changed."""
    content = yaml.safe_load(FILES["params.yaml"].read_text(encoding="utf-8"))
    content["runs"]["ablation_topk"] |= changes
    return Params.model_validate(content)


def tables(params: Params, kind: str) -> dict[str, list[str]]:
    return {name: table.runs for name, table in params.tables.items() if table.kind == kind}


def test_consecutive_rows_of_an_ablation_differ_in_one_thing(params: Params) -> None:
    assert tables(params, "ablation")
    for runs in tables(params, "ablation").values():
        steps = [things_changed(params, *pair) for pair in pairwise(runs)]
        assert all(len(step) == 1 for step in steps), steps
    assert steps == [[TOPK_RATES], ["quadlinear_ap"], ["frame_quadlinear_ap"]]


def test_rows_of_a_losses_table_differ_in_the_video_level_loss(params: Params) -> None:
    for runs in tables(params, "losses").values():
        for pair in combinations(runs, 2):
            assert things_changed(params, *pair) == ["video-level loss"], pair
        shared = set.intersection(*(set(params.losses_of(run)) for run in runs))
        own = [set(params.losses_of(run)) - shared for run in runs]
        assert all(len(names) == 1 and level_of(*names) == "video" for names in own)


def test_pairs_that_are_steps_of_an_ablation_or_normalised_runs_differ_in_one_thing(params: Params) -> None:
    steps = {frozenset(pair) for runs in tables(params, "ablation").values() for pair in pairwise(runs)}
    steps |= {frozenset((name, run.of)) for name, run in params.runs.items() if isinstance(run, NormalisedRun)}
    pairs = [pair for table in params.differences.tables.values() for pair in table.pairs]
    claimed = [pair for pair in pairs if frozenset(pair) in steps]
    assert len(claimed) >= 4
    assert all(len(things_changed(params, *pair)) == 1 for pair in claimed)


def test_values_of_train_and_a_training_set_of_ones_own_are_things() -> None:
    params = changed(train={"window": 32, "learning_rate": 0.00005, "steps": 100})
    assert things_changed(params, "ablation_topk", "ablation_video_ap") == [
        "quadlinear_ap", "train.window", "train.learning_rate",
    ]  # fmt: skip
    content = yaml.safe_load(FILES["presets/paper.yaml"].read_text(encoding="utf-8"))
    content["datasets"].append("cc_web_video")
    content["fetch"]["cc_web_video"] = content["fetch"]["vcdb"]
    content["runs"]["ablation_topk"]["training_set"] = "cc_web_video"
    params = Params.model_validate(content)
    assert things_changed(params, "s2vs", "ablation_topk") == [TOPK_RATES, TRAINING_SET]


def test_two_rates_are_one_thing_and_another_parameter_is_a_second() -> None:
    method = load(FILES["params.yaml"]).method_of("ablation_topk") | {"region_top_rate": 1, "frame_top_rate": 1}
    assert things_changed(changed(method=method), "ablation_topk", "ablation_video_ap") == [
        TOPK_RATES, "quadlinear_ap",
    ]  # fmt: skip
    assert things_changed(changed(method=method | {"minimum_frames": 4}), "s2vs", "ablation_topk") == [
        TOPK_RATES, "minimum_frames",
    ]  # fmt: skip


def test_another_method_is_one_thing_whatever_its_parameters() -> None:
    params = load(FILES["params.yaml"])
    assert things_changed(params, "mean_pool", "visil_f") == ["method"]
    assert things_changed(params, "visil_f", "visil_f") == []
    assert things_changed(params, "hapvr", "hapvr_normalised") == [NORMALISATION]


def test_a_loss_in_the_place_of_another_is_one_thing_with_its_weight() -> None:
    losses = {"infonce": "base", "mae": {"weight": 3}, "hard_negative": "base", "self_similarity": "base"}
    params = changed(losses=losses | {"range_penalty": "base"})
    assert things_changed(params, "ablation_topk", "loss_mse") == ["video-level loss"]
    assert things_changed(params, "ablation_topk", "loss_mae") == ["mae"]
    assert things_changed(changed(losses=losses), "ablation_topk", "loss_mae") == ["mae", "range_penalty"]
