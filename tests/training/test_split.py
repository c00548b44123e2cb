import pytest

from hapvr.training.batches import split_videos

IDS = [f"video{number}" for number in range(20)]


def test_training_and_validation_share_no_video_and_lose_none() -> None:
    training, held_out = split_videos(IDS, 0.25)
    assert len(held_out) == 5
    assert sorted(training + held_out) == sorted(IDS)


def test_the_split_does_not_depend_on_order_or_repetition() -> None:
    assert split_videos(reversed(IDS + IDS), 0.25) == split_videos(IDS, 0.25)


def test_a_share_of_nothing_holds_nothing_out() -> None:
    assert split_videos(IDS, 0) == (sorted(IDS), [])


def test_holding_out_everything_is_refused() -> None:
    with pytest.raises(ValueError, match=r"train.validation_share: 0.99 of 20 videos leaves none"):
        split_videos(IDS, 0.99)
