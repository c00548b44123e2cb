"""`presets/paper.yaml` is the published training script, number by number."""

from pathlib import Path

from hapvr.datasets.readers import READERS
from hapvr.params import load
from hapvr.params.data import Upstream

PAPER = load(Path(__file__).parents[2] / "presets" / "paper.yaml")


def test_training_is_the_published_one() -> None:
    train = PAPER.train
    assert (train.pairs, train.window, train.steps) == (64, 28, 30_000)
    assert (train.learning_rate, train.weight_decay) == (4e-5, 0.01)
    assert (train.warmup_steps, train.warmup_factor, train.final_factor) == (1000, 0.01, 0.1)
    assert train.temporal.shuffle_dropout == 0.5
    assert {chance for name, chance in train.temporal.chances.items() if name != "shuffle_dropout"} == {0.1}


def test_losses_are_the_published_ones() -> None:
    losses = {loss.name: loss.model_dump() for loss in PAPER.runs["hapvr"].losses}
    weights = {name: loss["weight"] for name, loss in losses.items()}
    assert weights == {
        "infonce": 1, "quadlinear_ap": 4, "frame_quadlinear_ap": 6, "hard_negative": 3, "self_similarity": 3,
        "range_penalty": 1,
    }  # fmt: skip
    assert losses["infonce"]["temperature"] == 0.03
    assert (losses["quadlinear_ap"]["delta"], losses["quadlinear_ap"]["rho"]) == (0.05, 0.1)
    frame = losses["frame_quadlinear_ap"]
    assert (frame["delta"], frame["rho"], frame["top_rate"], frame["bottom_rate"]) == (0.05, 5, 0.35, 0.35)


def test_similarity_and_features_are_the_published_ones() -> None:
    method = PAPER.runs["hapvr"].method.model_dump()
    assert (method["region_top_rate"], method["frame_top_rate"], method["minimum_frames"]) == (0.1, 0.03, 8)
    assert PAPER.runs["s2vs"].method.model_dump()["minimum_frames"] == 4
    assert (PAPER.backbone, PAPER.frames.size, PAPER.frames.fps, PAPER.whiten.dims) == ("resnet50", 224, 1, 512)


def test_every_dataset_is_published_and_has_a_reader() -> None:
    for dataset in PAPER.datasets:
        assert isinstance(PAPER.fetch[dataset], Upstream)
        assert dataset in READERS
