"""Film strips: a few frames of a video side by side in one small JPEG."""

from base64 import b64encode
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from hapvr.storage.frames import SampledFrames, read_frames

QUALITY = 60


class Strip(NamedTuple):
    """url: a data URL. pictures: how many stand side by side, as wide as each other. width: of one, px.

    seconds: when the video's sampled frames are, all of them.
    """

    url: str
    pictures: int
    width: int
    seconds: list[float]


def make_strips(files: Iterable[Path], videos: set[str], *, pictures: int, height: int) -> dict[str, Strip]:
    """Video id → its strip, of those that could be read."""
    return {
        video.video_id: make_strip(video, pictures=pictures, height=height)
        for file in files
        for video in read_frames(file, videos)
    }


def make_strip(video: SampledFrames, *, pictures: int, height: int) -> Strip:
    """Frames evenly spread over the video, `pictures` of them or all."""
    count = min(pictures, len(video.jpegs))
    chosen = [int((place + 0.5) * len(video.jpegs) / count) for place in range(count)]
    images = [Image.open(BytesIO(video.jpegs[frame])).convert("RGB") for frame in chosen]
    width = max(1, round(images[0].width * height / images[0].height))
    strip = Image.new("RGB", (width * count, height))
    for place, image in enumerate(images):
        strip.paste(image.resize((width, height), Image.Resampling.BOX), (place * width, 0))
    file = BytesIO()
    strip.save(file, "jpeg", quality=QUALITY, optimize=True)
    url = f"data:image/jpeg;base64,{b64encode(file.getvalue()).decode()}"
    return Strip(url, count, width, [round(float(second), 2) for second in np.asarray(video.timestamps)])
