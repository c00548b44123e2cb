import threading

import numpy as np
import pytest
import torch

from hapvr.scoring.reading import read_ahead


class Watched:
    """Videos of one frame; notes how many were asked for."""

    def __init__(self) -> None:
        self.asked = 0
        self._lock = threading.Lock()

    def __getitem__(self, position: int) -> np.ndarray:
        with self._lock:
            self.asked += 1
        if position == 13:
            raise OSError("video 13 is damaged")
        return np.full((1, 1, 1), position, np.float32)


@pytest.mark.parametrize("room", [0, 3, 1000])
def test_videos_come_in_order_and_no_more_wait_than_there_is_room_for(room: int) -> None:
    videos, order = Watched(), [5, 3, 9, 1, 7, 2, 12, 0]
    reader = read_ahead(videos, order, cost=lambda position: 1, room=room, pin=False)
    for number, position in enumerate(order, 1):
        assert torch.equal(next(reader), torch.full((1, 1, 1), float(position)))
        assert videos.asked <= number + max(room, 1)
    assert list(reader) == []


def test_damage_is_told_when_its_turn_comes() -> None:
    reader = read_ahead(Watched(), [1, 13, 2], cost=lambda position: 1, room=10, pin=False)
    next(reader)
    with pytest.raises(OSError, match="video 13"):
        next(reader)


def test_reading_stops_with_its_user() -> None:
    videos = Watched()
    reader = read_ahead(videos, range(14, 1000), cost=lambda position: 1, room=5, pin=False)
    next(reader)
    reader.close()
    assert videos.asked <= 6
