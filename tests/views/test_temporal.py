from collections import Counter

import pytest
import torch

from hapvr.seeding import generator_of
from hapvr.views.options import Temporal
from hapvr.views.temporal import (
    fast_forward,
    pause,
    reverse,
    shuffle_dropout,
    slow_motion,
    stretch_indices,
    temporal_indices,
    view_indices,
    window_indices,
)
from tests.training.conftest import NONE


def drawn(number: int, frames: int = 7, **changes: object) -> list[int]:
    return temporal_indices(frames, Temporal.model_validate(NONE | changes), generator_of(number)).tolist()


def test_shuffle_dropout_reorders_segments_and_leaves_some_out() -> None:
    # Segments 0 1 | 2 3 | 4 5 | 6; segment 1 is dropped, the others come in the order 3, 0, 2.
    indices = shuffle_dropout(7, 2, order=[3, 1, 0, 2], kept=[True, False, True, True])
    assert indices.tolist() == [6, 0, 1, 4, 5]


def test_fast_forward_takes_every_nth_frame() -> None:
    assert fast_forward(7, 3).tolist() == [0, 3, 6]


def test_slow_motion_shows_each_frame_n_times() -> None:
    assert slow_motion(3, 2).tolist() == [0, 0, 1, 1, 2, 2]


def test_reverse_runs_from_last_to_first() -> None:
    assert reverse(4).tolist() == [3, 2, 1, 0]


def test_pause_holds_one_frame() -> None:
    assert pause(4, at=2, duration=3).tolist() == [0, 1, 2, 2, 2, 2, 3]


def test_no_chance_leaves_the_clip_as_it_is() -> None:
    assert all(drawn(number) == list(range(7)) for number in range(20))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"fast_forward": 1}, [0, 2, 4, 6]),
        ({"fast_forward": 1, "speed": (3, 3)}, [0, 3, 6]),
        ({"slow_motion": 1}, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]),
        ({"slow_motion": 1, "slowness": (3, 3)}, [frame for frame in range(7) for _ in range(3)]),
        ({"reverse": 1}, [6, 5, 4, 3, 2, 1, 0]),
        ({"shuffle_dropout": 1}, [0, 1, 2, 3, 4, 5, 6]),
        ({"shuffle_dropout": 1, "dropout": 1}, [0, 1, 2, 3, 4, 5, 6]),
    ],
)
def test_a_certain_augmentation_is_always_applied(change: dict[str, object], expected: list[int]) -> None:
    assert all(drawn(number, **change) == expected for number in range(5))


def test_a_certain_pause_adds_its_frames_to_one_frame() -> None:
    counts = Counter(drawn(0, pause=1))
    assert sorted(counts.values()) == [1, 1, 1, 1, 1, 1, 4]
    assert sorted(Counter(drawn(0, pause=1, pause_frames=(1, 1))).values()) == [1, 1, 1, 1, 1, 1, 2]


def test_shuffle_keeps_segments_together_and_segment_sets_their_length() -> None:
    halves = {tuple(drawn(number, 6, shuffle_dropout=1, shuffle=1, segment=(3, 3))) for number in range(30)}
    assert halves == {(0, 1, 2, 3, 4, 5), (3, 4, 5, 0, 1, 2)}


def test_dropout_leaves_out_its_share_of_segments() -> None:
    lengths = [len(drawn(number, 100, shuffle_dropout=1, dropout=0.3)) for number in range(40)]
    assert sum(lengths) / len(lengths) == pytest.approx(70, abs=4)


def test_each_augmentation_comes_as_often_as_its_chance_says() -> None:
    chances = {"fast_forward": 0.2, "slow_motion": 0.1, "reverse": 0.3}
    lengths = Counter((len(indices), indices[0]) for indices in (drawn(number, **chances) for number in range(2000)))
    assert lengths[4, 0] / 2000 == pytest.approx(0.2, abs=0.03)
    assert lengths[14, 0] / 2000 == pytest.approx(0.1, abs=0.03)
    assert lengths[7, 6] / 2000 == pytest.approx(0.3, abs=0.03)
    assert lengths[7, 0] / 2000 == pytest.approx(0.4, abs=0.03)


def test_chances_above_one_in_total_are_refused() -> None:
    with pytest.raises(ValueError, match=r"add up to 1\.2; lower them to 1 at most"):
        Temporal.model_validate(NONE | {"reverse": 0.6, "pause": 0.6})


def test_a_range_that_runs_downwards_is_refused() -> None:
    with pytest.raises(ValueError, match=r"speed: \[3, 2\] runs downwards"):
        Temporal.model_validate(NONE | {"speed": (3, 2)})


def test_a_short_clip_is_doubled_until_it_fills_the_window_which_starts_anywhere() -> None:
    # 0 1 2 0 1 2 0 1 2 0 1 2: five places for a window of eight.
    starts = {tuple(window_indices(3, 8, generator_of(number)).tolist()) for number in range(60)}
    doubled = [0, 1, 2] * 4
    assert starts == {tuple(doubled[start : start + 8]) for start in range(5)}
    assert len(starts) == 3, "a start three frames later shows the same"


def test_a_clip_as_long_as_the_window_is_shown_whole() -> None:
    assert {tuple(window_indices(4, 4, generator_of(number)).tolist()) for number in range(20)} == {(0, 1, 2, 3)}
    assert {tuple(window_indices(2, 4, generator_of(number)).tolist()) for number in range(20)} == {(0, 1, 0, 1)}


def test_the_window_starts_anywhere_in_a_longer_clip() -> None:
    starts = {tuple(window_indices(6, 4, generator_of(number)).tolist()) for number in range(50)}
    assert starts == {(0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5)}


def test_a_stretch_is_two_windows_from_anywhere() -> None:
    starts = {tuple(stretch_indices(10, 4, generator_of(number)).tolist()) for number in range(50)}
    assert starts == {tuple(range(start, start + 8)) for start in range(3)}


def test_a_stretch_of_a_shorter_video_repeats_it() -> None:
    # 0 … 6 0 … 6: seven places for a stretch of eight.
    stretches = [stretch_indices(7, 4, generator_of(number)).tolist() for number in range(80)]
    assert {stretch[0] for stretch in stretches} == set(range(7))
    assert all([(frame + 1) % 7 for frame in stretch[:-1]] == stretch[1:] for stretch in stretches)


def test_a_short_video_is_repeated_before_it_is_augmented() -> None:
    # Every second frame of 1 2 0 1 2 0 1 2 (or another phase), not 0 2 over and over.
    fast = Temporal.model_validate(NONE | {"fast_forward": 1})
    stretch = torch.tensor([1, 2, 0, 1, 2, 0, 1, 2])
    shown = view_indices("strong", stretch, temporal=fast, window=4, generator=generator_of(0))
    assert shown.tolist() == [1, 0, 2, 1]


def test_what_augmentation_left_too_short_is_doubled_and_cropped_anywhere() -> None:
    # Every third frame of eight: 0 3 6, doubled to six for a window of four.
    fast = Temporal.model_validate(NONE | {"fast_forward": 1, "speed": (3, 3)})
    shown = {
        tuple(view_indices("strong", torch.arange(8), temporal=fast, window=4, generator=generator_of(number)).tolist())
        for number in range(40)
    }
    assert shown == {(0, 3, 6, 0), (3, 6, 0, 3), (6, 0, 3, 6)}


def test_a_weak_view_is_a_window_of_the_stretch() -> None:
    fast = Temporal.model_validate(NONE | {"fast_forward": 1})
    shown = {
        tuple(view_indices("weak", torch.arange(8), temporal=fast, window=4, generator=generator_of(number)).tolist())
        for number in range(60)
    }
    assert shown == {tuple(range(start, start + 4)) for start in range(5)}


def test_augmenting_features_is_augmenting_frames() -> None:
    frames = torch.randn(7, 5)
    indices = torch.tensor(drawn(3, shuffle_dropout=1, shuffle=1, dropout=0.3))
    per_frame = torch.nn.Linear(5, 2)
    torch.testing.assert_close(per_frame(frames)[indices], per_frame(frames[indices]))
