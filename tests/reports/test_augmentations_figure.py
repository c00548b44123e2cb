from typing import get_args

import pytest
import torch
from torch import Tensor

from hapvr.project import Project
from hapvr.reports.figures.augmentations import OFF, Operation, Strip, choose_video, make_columns
from hapvr.results import Results
from hapvr.seeding import generator_of
from hapvr.views.augment import strong, weak
from hapvr.views.options import Views
from hapvr.views.randaugment import OPERATIONS


@pytest.fixture
def strips(project: Project) -> dict[str, Strip]:
    columns = make_columns(Results(project), **project.params.shown("augmentations"))
    return {strip.label: strip for groups in columns for strips in groups.values() for strip in strips}


@pytest.fixture
def clip(strips: dict[str, Strip]) -> Tensor:
    return strips["original"].images


def test_every_augmentation_has_a_strip(project: Project, strips: dict[str, Strip]) -> None:
    params = project.params
    temporal = {"shuffle-dropout", "fast forward", "slow motion", "reverse", "pause"}
    operations = {name.replace("_", " ") for name in params.shown("augmentations")["operations"]}
    pixels = {"crop", "flip", "text", "pictograph", "blur", "video in video"}
    assert set(strips) == {"original", "weak", "strong"} | temporal | operations | pixels
    assert len(params.train.temporal.chances) == len(temporal)


def test_what_is_switched_off_leaves_the_clip_as_it_is(project: Project, clip: Tensor) -> None:
    params = Views.model_validate(project.params.views.model_dump() | OFF)
    for augment in (weak, strong):
        torch.testing.assert_close(augment(clip, params, generator_of(0)), clip)


def test_every_strip_but_the_first_shows_a_change(strips: dict[str, Strip], clip: Tensor) -> None:
    for label in set(strips) - {"original"}:
        images = strips[label].images
        assert images.shape != clip.shape or not torch.allclose(images, clip, atol=0.01), label


def test_strips_in_time_show_the_frames_whose_numbers_they_bear(strips: dict[str, Strip], clip: Tensor) -> None:
    for label in ("shuffle-dropout", "fast forward", "slow motion", "reverse", "pause"):
        assert torch.equal(strips[label].images, clip[list(strips[label].numbers)])
    assert list(strips["reverse"].numbers[:4]) == [3, 2, 1, 0]


def test_one_augmentation_at_a_time_is_drawn(strips: dict[str, Strip], clip: Tensor) -> None:
    torch.testing.assert_close(strips["flip"].images, clip.flip(3))
    # Overlays leave most of a frame alone.
    for label in ("text", "pictograph"):
        changed = (strips[label].images - clip).abs().amax(1) > 0.01
        assert 0 < changed.float().mean() < 0.4


def test_a_video_is_chosen_by_id_or_by_number(project: Project) -> None:
    clips = Results(project).training_clips()
    assert choose_video(clips, "training31")[0] == choose_video(clips, 1)[0] == "training31"
    with pytest.raises(ValueError, match=r"figures\.augmentations\.video: 'q0' is no training video with frames"):
        choose_video(clips, "q0")
    with pytest.raises(ValueError, match=r"6 is no training video with frames; give an id or a number from 0 to 5"):
        choose_video(clips, 6)


def test_the_schema_names_the_operations_that_there_are() -> None:
    assert set(get_args(Operation)) == set(OPERATIONS) - {"identity"}
