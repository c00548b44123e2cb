"""Values of `train` and a training set that one run has for itself."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hapvr.params import Params, ParamsError
from hapvr.params.load import check_content
from hapvr.params.own_train import KEYS
from hapvr.params.published import differences_from_published
from hapvr.training.options import Train

PRESETS = Path(__file__).parents[2] / "presets"
Change = Callable[[dict[str, Any]], object]


@cache
def read(preset: str) -> str:
    return json.dumps(yaml.safe_load((PRESETS / f"{preset}.yaml").read_text(encoding="utf-8")))


def made(preset: str, change: Change) -> Params:
    content = json.loads(read(preset))
    change(content)
    return check_content(content, "params.yaml")


def own(run: str, **values: Any) -> Change:
    return lambda content: content["runs"][run].update(train=values)


def test_every_key_of_train_is_a_runs_own_or_one_of_all_trainings() -> None:
    of_all = {"seeds", "source", "processes", "checkpoint_every", "threads", "workers"}
    assert set(KEYS) | of_all == Train.model_fields.keys()
    assert not of_all & set(KEYS)


def test_a_run_is_trained_with_its_own_values_and_others_as_before() -> None:
    params = made("mini", own("s2vs", window=32, learning_rate=0.00005, patience=None))
    assert params.own_train_of("s2vs") == {"window": 32, "learning_rate": 0.00005, "patience": None}
    assert params.train_of("s2vs") == params.train.model_copy(update={"window": 32, "learning_rate": 0.00005})
    assert params.train_of("hapvr") is params.train
    assert Params.model_validate(params.model_dump(mode="json")) == params
    # A normalised run has the models of the run that it is of.
    params = made("mini", own("hapvr", window=32))
    assert params.train_of("hapvr_normalised").window == 32


def test_own_values_differ_from_the_published_ones() -> None:
    published = made("paper", lambda _: None)
    params = made("paper", own("s2vs", window=32))
    assert differences_from_published(params, published, "s2vs") == [("train.window", "32", "28")]
    assert differences_from_published(params, published, "hapvr") == []


def with_another_set(content: dict[str, Any], run: str, **fetch: Any) -> None:
    """CC_WEB_VIDEO, of which nobody says that it has no labels, or another dataset as the run's training set."""
    content["datasets"].append("other")
    content["fetch"]["other"] = content["fetch"][content["training_set"]] | fetch
    content["runs"][run]["training_set"] = "other"


def test_a_run_may_have_a_training_set_of_its_own() -> None:
    params = made("paper", lambda content: with_another_set(content, "s2vs"))
    assert (params.training_set_of("s2vs"), params.training_set_of("hapvr")) == ("other", "vcdb")
    published = made("paper", lambda _: None)
    assert differences_from_published(params, published, "s2vs") == [("training_set", "other", "vcdb")]


def test_features_of_another_training_set_are_enough_for_what_learns_from_no_views() -> None:
    for run in ("lamv", "visil"):
        params = made("mini", lambda content, run=run: with_another_set(content, run))
        assert params.training_set_of(run) == "other"


WRONG: dict[str, tuple[str, Change, str]] = {
    "misspelt key": (
        "mini",
        own("s2vs", windw=32),
        "runs.s2vs.train.windw: unknown key (did you mean window?); accepted: number_format, gather, steps, ",
    ),
    "key of all trainings": (
        "mini",
        own("s2vs", seeds=[0]),
        "runs.s2vs.train.seeds: unknown key (did you mean steps?); accepted: ",
    ),
    "out of range": (
        "mini",
        own("s2vs", window=2),
        "runs.s2vs.train.window: Input should be greater than or equal to 4, found 2",
    ),
    "no value": ("mini", own("s2vs", steps=None), "runs.s2vs.train.steps: Input should be a valid integer, found None"),
    "part of the temporal augmentation": (
        "mini",
        own("s2vs", temporal={"reverse": 1}),
        "runs.s2vs.train.temporal.shuffle_dropout: missing key",
    ),
    "more warm-up than steps": (
        "mini",
        own("s2vs", steps=5, validation_every=5),
        "runs.s2vs.train, with the other values of train: warmup_steps: 20 of 5 steps in all; lower it, or raise steps",
    ),
    "a run that is not trained": (
        "mini",
        own("visil_f", window=32),
        "runs.visil_f.train: expected none, since the run is not trained, found {'window': 32}; leave it out",
    ),
    "a normalised run": (
        "mini",
        own("hapvr_normalised", window=32),
        "runs.hapvr_normalised.train: unknown key; accepted: label, of, normalise",
    ),
    "views shorter than the network compares": (
        "mini",
        own("hapvr", window=7),
        "runs.hapvr.train.window: expected 8 or more, the minimum_frames of the method of runs.hapvr, found 7; the "
        "network would repeat shorter views, and frame_quadlinear_ap compares their frames with the teacher's; raise",
    ),
    "views of all shorter than one network compares": (
        "mini",
        lambda content: content["train"].update(window=7),
        "train.window: expected 8 or more, the minimum_frames of the method of runs.hapvr, found 7; ",
    ),
    "training set that is not fetched": (
        "paper",
        lambda content: content["runs"]["s2vs"].update(training_set="yfcc"),
        "runs.s2vs.training_set: 'yfcc' is not in datasets; accepted: ",
    ),
    "training set that is ranked": (
        "paper",
        lambda content: content["runs"]["s2vs"].update(training_set="evve"),
        "runs.s2vs.training_set: evve is also in benchmarks; train on other videos",
    ),
    "training set of a run that is not trained": (
        "paper",
        lambda content: content["runs"]["visil_f"].update(training_set="vcdb"),
        "runs.visil_f.training_set: expected none, since the run is not trained, found vcdb; leave it out",
    ),
    "views of another training set from the view bank": (
        "mini",
        lambda content: with_another_set(content, "dns_att"),
        "runs.dns_att.training_set: expected mini_vcdb, the training_set that the view bank is made of, since "
        "train.source is views, found other; leave it out, or put train.source: frames",
    ),
    "labels of a set without a core": (
        "mini",
        lambda content: with_another_set(
            content, "visil", contents={"kind": "vcdb", "training": 9, "groups": 0, "copies": 1}
        ),
        "runs.visil.training_set: expected a dataset with a labelled core, from which method visil of runs.visil "
        "learns, found other; give the run a training_set that has one, or leave it out",
    ),
    "frames of another training set that comes as features": (
        "paper",
        lambda content: with_another_set(content, "s2vs", way="features"),
        "fetch.other.way: features, but runs.s2vs, which is trained, needs its frames; expected videos or frames",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_a_run_cannot_have_is_refused_by_name(case: str) -> None:
    preset, change, message = WRONG[case]
    with pytest.raises(ParamsError) as refused:
        made(preset, change)
    assert message in str(refused.value)


def test_losses_of_videos_alone_may_see_views_that_the_network_repeats() -> None:
    assert made("mini", own("s2vs", window=7)).train_of("s2vs").window == 7
