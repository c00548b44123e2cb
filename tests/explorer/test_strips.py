from base64 import b64decode
from io import BytesIO

import numpy as np
from PIL import Image

from hapvr.explorer.strips import make_strip, make_strips
from hapvr.storage.frames import SampledFrames, write_frames


def video(name: str, greys: list[int]) -> SampledFrames:
    files = [BytesIO() for _ in greys]
    for grey, file in zip(greys, files, strict=True):
        Image.new("RGB", (80, 40), (grey,) * 3).save(file, "jpeg")
    frames = np.arange(len(greys))
    return SampledFrames(name, [file.getvalue() for file in files], frames / 4, frames, "none 0")


def picture_of(url: str) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(b64decode(url.removeprefix("data:image/jpeg;base64,")))))


def test_a_strip_has_frames_evenly_spread_over_the_video():
    strip = make_strip(video("v", [0, 50, 100, 150, 200, 250]), pictures=3, height=20)
    picture = picture_of(strip.url)
    assert (strip.pictures, strip.width, picture.shape) == (3, 40, (20, 120, 3))
    assert [int(picture[10, place, 0]) // 10 for place in (20, 60, 100)] == [5, 15, 25]
    assert strip.seconds == [0, 0.25, 0.5, 0.75, 1.0, 1.25]


def test_a_short_video_has_all_its_frames():
    assert make_strip(video("v", [10, 20]), pictures=8, height=16).pictures == 2


def test_only_videos_that_are_asked_for_are_read(tmp_path):
    write_frames(tmp_path / "0.h5", [video("a", [1]), video("b", [2])])
    assert list(make_strips([tmp_path / "0.h5"], {"b", "gone"}, pictures=2, height=16)) == ["b"]
