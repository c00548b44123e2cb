"""Each dataset comes in its own way, and what needs frames has them."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from hapvr.params import Params
from hapvr.params.load import ParamsError, check_content
from hapvr.params.preset import as_text, read_preset
from hapvr.params.ways import published_weights, uses_training_set, whitened

PRESETS = Path(__file__).parents[2] / "presets"


@cache
def read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(as_text(read_preset(PRESETS, name)))
    return loaded


def content(name: str) -> dict[str, Any]:
    return deepcopy(read(name))


def made(name: str, change: Callable[[dict[str, Any]], object] = lambda _: None) -> Params:
    changed = content(name)
    change(changed)
    return check_content(changed, "params.yaml")


def test_published_features_and_weights_need_one_checkpoint_and_no_training_set() -> None:
    params = made("published")
    assert (params.trained, params.adopted, published_weights(params)) == ([], ["s2vs_published"], ["s2vs_vcdb"])
    assert whitened(params) == []
    assert not uses_training_set(params)
    assert params.training_set not in params.datasets


def test_the_paper_uses_all_published_weights_and_the_embedded_preset_none() -> None:
    assert published_weights(made("paper")) == ["s2vs_vcdb", "whitening", "resnet50", "dino_vits16"]
    assert published_weights(made("mini")) == []
    assert whitened(made("mini")) == made("mini").datasets


def test_one_benchmark_as_features_among_videos() -> None:
    params = made("paper", lambda p: p["fetch"]["svd"].update(way="features"))
    assert (params.way_of("svd"), params.way_of("evve"), params.way_of("mini_evve")) == ("features", "videos", "videos")
    assert whitened(params) == ["vcdb", "dns_100k", "evve", "fivr_5k", "fivr_200k"]


WRONG = {
    "another way": (
        lambda p: p["fetch"]["evve"].update(way="sounds"),
        "fetch.evve.way: 'sounds' is not accepted; accepted: videos, frames or features",
    ),
    "frames without a folder": (
        lambda p: p["fetch"]["evve"].update(way="frames"),
        "fetch.evve: frames_folder: way is frames; expected the folder that holds them, found null",
    ),
    "training without frames": (
        lambda p: p["fetch"]["vcdb"].update(way="features"),
        "fetch.vcdb.way: features, but runs.hapvr, which is trained, needs its frames; expected videos or frames",
    ),
    "a figure without frames": (
        lambda p: p["fetch"]["fivr_5k"].update(way="features"),
        "fetch.fivr_5k.way: features, but figures.contact_sheet needs its frames; expected videos or frames",
    ),
    "two whitenings": (
        lambda p: (p["fetch"]["svd"].update(way="features"), p["whiten"].update(published=None)),
        "whiten.published: svd comes as features, made with the published PCA; expected the file of that for vcdb, ",
    ),
    "training set that is not fetched": (
        lambda p: p["datasets"].remove("vcdb"),
        "training_set: 'vcdb' is not in datasets; accepted: dns_100k, evve, svd, fivr_5k, fivr_200k",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_go_together_is_refused_by_name(case: str) -> None:
    change, message = WRONG[case]
    with pytest.raises(ParamsError) as refused:
        made("paper", change)
    assert message in str(refused.value)
