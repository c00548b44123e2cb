from io import BytesIO
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from hapvr.storage.frames import FrameStore, SampledFrames, write_frames


def grey_frames(video_id: str, levels: list[int]) -> SampledFrames:
    jpegs = []
    for level in levels:
        buffer = BytesIO()
        Image.new("RGB", (16, 16), (level, level, level)).save(buffer, "JPEG", quality=95)
        jpegs.append(buffer.getvalue())
    return SampledFrames(video_id, jpegs, np.arange(len(levels), dtype=float), np.arange(len(levels)), "test")


def test_frames_come_in_the_order_asked_for(tmp_path: Path) -> None:
    write_frames(tmp_path / "0.h5", [grey_frames("a", [10, 90, 200])])
    write_frames(tmp_path / "1.h5", [grey_frames("b", [50, 60])])
    store = FrameStore([tmp_path / "0.h5", tmp_path / "1.h5"])
    assert dict(store) == {"a": 3, "b": 2}
    assert store.images("a", np.array([2, 0, 0, 1]))[:, 3, 3, 0].tolist() == pytest.approx([200, 10, 10, 90], abs=2)
    assert store.images("b", np.array([1]))[:, 3, 3, 0].tolist() == pytest.approx([60], abs=2)


def test_a_video_in_two_files_is_an_error(tmp_path: Path) -> None:
    for shard in ("0.h5", "1.h5"):
        write_frames(tmp_path / shard, [grey_frames("a", [1])])
    with pytest.raises(ValueError, match=r"video 'a' is in both .*0.h5 and .*1.h5; keep one"):
        FrameStore([tmp_path / "0.h5", tmp_path / "1.h5"])


def test_a_damaged_frame_is_an_error_that_names_file_and_video(tmp_path: Path) -> None:
    write_frames(tmp_path / "0.h5", [grey_frames("a", [10, 90])])
    with h5py.File(tmp_path / "0.h5", "r+") as file:
        file["a/jpeg"][: file["a/sizes"][0]] = 0
    store = FrameStore([tmp_path / "0.h5"])
    assert len(store.images("a", np.array([1]))) == 1
    with pytest.raises(ValueError, match=r"0.h5: a frame of 'a' cannot be decoded .*run the stage `frames` again"):
        store.images("a", np.array([1, 0]))
