"""`presets/paper.yaml` is the published training script, number by number."""

from pathlib import Path

import pytest

from hapvr.datasets import READERS
from hapvr.features.l3_imac import KERNELS as REGION_KERNELS
from hapvr.features.l3_imac import SIDES as REGION_SIDES
from hapvr.fetch.options import Upstream
from hapvr.params import load
from hapvr.params.one_thing import things_changed
from hapvr.training.step import learning_rate

PAPER = load(Path(__file__).parents[2] / "presets" / "paper.yaml")


def test_training_is_the_published_one() -> None:
    train = PAPER.train
    assert (train.pairs, train.window, train.steps) == (64, 28, 30_000)
    assert (train.learning_rate, train.weight_decay) == (4e-5, 0.01)
    assert (train.warmup_steps, train.warmup_factor, train.final_factor) == (1000, 0.01, 0.1)
    # Frames are augmented and described in every step, in half precision; each GPU has its own batch.
    assert train.source != "views"
    assert (train.number_format, train.processes, train.gather) == ("float16", 2, False)
    assert (train.validation_every, train.keep, train.patience) == (1500, "last", None)
    assert (PAPER.training_set, PAPER.features.batch, len(train.seeds)) == ("vcdb", 512, 3)


def test_schedule_has_the_published_rates() -> None:
    rates = [learning_rate(step, PAPER.train) for step in (0, 500, 1000, 29_999)]
    assert rates == pytest.approx([4e-7, 2.02e-5, 4e-5, 4e-6])


def test_temporal_augmentation_is_the_published_one() -> None:
    temporal = PAPER.train.temporal
    assert temporal.chances == {
        "shuffle_dropout": 0.5, "fast_forward": 0.1, "slow_motion": 0.1, "reverse": 0.1, "pause": 0.1,
    }  # fmt: skip
    assert (temporal.segment, temporal.shuffle, temporal.dropout) == ((4, 15), 0.5, 0.3)
    assert (temporal.speed, temporal.slowness) == ((2, 3), (2, 2))
    # Fewer frames than a quarter of the window
    assert temporal.pause_frames[1] == 28 // 4 - 1


def test_pixel_augmentation_is_the_published_one() -> None:
    views = PAPER.views
    assert (views.weak_crop, views.strong_crop, views.flip) == ((0.8, 1), (0.5, 1), 0.5)
    assert (views.operations, views.magnitude) == (2, 9)
    assert (views.text, views.pictograph, views.blur) == (0.3, 0.3, 0.5)
    assert (views.overlay_size, views.overlay_opacity, views.blur_sigma) == ((0.2, 0.5), (0.7, 1), (0.1, 2))
    assert (views.video_in_video, views.area) == (0.3, (0.3, 0.7))


def test_teacher_is_the_published_one_with_the_scaling_it_was_trained_with() -> None:
    assert (PAPER.teacher.name, PAPER.teacher.raw_pixels) == ("dino_vits16", False)


def test_losses_are_the_published_ones() -> None:
    losses = PAPER.losses_of("hapvr")
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
    method = PAPER.method_of("hapvr")
    assert (method["region_top_rate"], method["frame_top_rate"], method["minimum_frames"]) == (0.1, 0.03, 8)
    assert (REGION_KERNELS, REGION_SIDES) == ((28, 14, 6, 3), (56, 28, 14, 7))
    assert (PAPER.backbone, PAPER.frames.fps, PAPER.whiten.dims) == ("resnet50", 1, 512)
    assert (PAPER.frames.resize, PAPER.frames.size) == (256, 224)


def test_s2vs_has_plain_chamfer_similarity_in_the_same_network() -> None:
    rates = {"region_top_rate": 0, "frame_top_rate": 0}
    assert PAPER.method_of("s2vs") == PAPER.method_of("hapvr") | rates


def test_s2vs_own_recipe_is_s2vs_with_the_window_and_rate_of_its_script() -> None:
    assert things_changed(PAPER, "s2vs", "s2vs_own") == ["train.window", "train.learning_rate"]
    train = PAPER.train_of("s2vs_own")
    assert (train.window, train.learning_rate) == (32, 5e-5)
    assert {"s2vs", "s2vs_own"} <= set(PAPER.tables["methods"].runs)


def test_the_students_of_dns_learn_from_dns_100k_and_everything_else_from_vcdb() -> None:
    own = {run: PAPER.training_set_of(run) for run in PAPER.trained if PAPER.training_set_of(run) != "vcdb"}
    assert own == dict.fromkeys(["dns_att", "dns_bin", "dns_coarse", "dns_selector"], "dns_100k")


def test_ten_video_level_losses_are_compared_on_fivr_5k() -> None:
    table = PAPER.tables["losses"]
    assert (len(table.runs), table.benchmarks) == (10, ["fivr_5k"])
    mini = load(Path(__file__).parents[2] / "presets" / "mini.yaml")
    assert {PAPER.runs[run].label for run in table.runs} >= {
        mini.runs[run].label for run in mini.tables["losses"].runs[:9]
    }
    # Each has the same losses as in the embedded preset; their settings are chosen there.
    for run in mini.tables["losses"].runs[:9]:
        losses = PAPER.losses_of(run)
        assert list(losses) == list(mini.losses_of(run))
        assert [loss["weight"] for loss in losses.values()] == [1, 4, 3, 3, 1]


def test_every_dataset_is_published_and_has_a_reader() -> None:
    for dataset in PAPER.datasets:
        assert isinstance(PAPER.fetch[dataset], Upstream)
        assert dataset in READERS
