from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from hapvr.render.dressing import PLAIN, Dressing, draw_dressing, dress

SIZE = (96, 72)


def footage(count: int):
    """Frames of one brightness each, all different."""
    return (Image.new("RGB", SIZE, (50 + number,) * 3) for number in range(count))


def dressed(dressing: Dressing, count: int = 10) -> np.ndarray:
    return np.stack([np.asarray(frame) for frame in dress(dressing, footage(count), count=count, size=SIZE, fps=4)])


def test_plain_footage_stays_as_it_is():
    assert [frame[0, 0, 0] for frame in dressed(PLAIN)] == list(range(50, 60))


def test_black_and_cards_come_before_and_after_the_footage():
    shown = dressed(Dressing(channel=(1, "a"), black_s=(0.5, 0.25), intro_s=1, outro_s=0.5))
    assert len(shown) == 2 + 4 + 10 + 2 + 1
    assert not shown[:2].any()
    assert not shown[-1:].any()
    assert [frame[0, 0, 0] for frame in shown[6:16]] == list(range(50, 60))
    assert (shown[2:6].std(axis=(1, 2, 3)) > 5).all()


def test_videos_of_one_channel_share_their_card_and_others_have_another():
    first, again, other = (dressed(Dressing(channel=(1, name), intro_s=1))[:4] for name in ("a", "a", "b"))
    assert (first == again).all()
    assert np.abs(first.astype(int) - other).mean() > 5


def test_frozen_footage_repeats_one_frame_in_its_place():
    shown = [frame[0, 0, 0] for frame in dressed(Dressing(freeze_s=0.5, freeze_at=0.3))]
    assert shown == [50, 51, 52, 53, 53, 53, 54, 55, 56, 57, 58, 59]


@pytest.mark.parametrize(("bars", "black"), [((1, 0.5), np.s_[:, :18]), ((0.5, 1), np.s_[:, :, :24])])
def test_bars_leave_their_share_of_the_picture(bars, black):
    shown = dressed(Dressing(bars=bars))
    assert not shown[black].any()
    assert (shown[:, 36, 48] > 0).all()


def test_sign_and_subtitles_cover_a_part_of_the_footage_only():
    for change in ({"watermark": True}, {"subtitles": 3}):
        shown, plain = dressed(replace(Dressing(channel=(1, "a")), **change)), dressed(PLAIN)
        assert 0 < (shown != plain).any(-1).mean() < 0.3


def test_subtitles_change_every_other_second():
    shown = dressed(Dressing(subtitles=3), count=16) != dressed(PLAIN, count=16)
    assert (shown[0] == shown[7]).all()
    assert (shown[0] != shown[8]).any()


def test_one_chance_changes_one_thing(mini):
    clutter = mini["mini_fivr"].clutter
    for chance, field in (("intro", "intro_s"), ("watermark", "watermark"), ("bars", "bars")):
        sure, never = (clutter.model_copy(update={chance: value}) for value in (1, 0))
        drawn = [draw_dressing(np.random.default_rng(5), options, "channel", 1) for options in (sure, never)]
        assert replace(drawn[0], **{field: getattr(drawn[1], field)}) == drawn[1]
        assert getattr(drawn[0], field) != getattr(drawn[1], field)
