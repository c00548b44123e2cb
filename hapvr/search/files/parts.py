"""Frames with their parts: for copies that fill a part of a frame, or of which a part was enlarged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from hapvr.search.files.describe import Described, Describer, sample_untrusted
from hapvr.search.options import Thorough
from hapvr.video import Sample
from hapvr.video.options import Frames
from hapvr.video.picture import crop_centre


class PartsDescriber(Describer):
    """Describes the central square of each frame, as a Describer does, and after it parts of the whole frame.

    Features are [T, K · R, D]: of K views, the central square first, one after another.
    """

    def __init__(self, options: Frames, describer: Describer, thorough: Thorough) -> None:
        # Parts have the size that the network sees; whole pictures are as much larger.
        resize = round(options.size / thorough.side)
        whole = options.model_copy(update={"fps": thorough.fps, "resize": resize, "size": None})
        made_with: dict[str, Any] = {**describer.made_with, "fps": thorough.fps, "parts": thorough.model_dump()}
        super().__init__(whole, describer.extractor, made_with=made_with)
        self._size, self._resize, self._thorough = options.size, options.resize, thorough
        self.views = 1 + thorough.across * thorough.down

    def sample(self, path: Path) -> Sample:
        """Central squares alone. Raises DecodeError."""
        return self._central(super().sample(path))

    def __call__(self, path: Path) -> Described:
        """Raises DecodeError."""
        whole, damage = sample_untrusted(path, self._options)
        central = self._central(whole)
        views = [self._features(view) for view in (central.images, *self._parts(whole.images))]
        return Described(central, np.concatenate(views, 1), damage)

    def _central(self, whole: Sample) -> Sample:
        height, width = whole.images.shape[1:3]
        scale = self._resize / min(height, width)
        size = max(self._resize, round(width * scale)), max(self._resize, round(height * scale))
        images = [np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)) for image in whole.images]
        squares = np.stack([crop_centre(image, self._size) for image in images])
        return whole._replace(images=squares)

    def _parts(self, images: np.ndarray) -> Iterator[np.ndarray]:
        height, width = images.shape[1:3]
        long, short = self._thorough.across, self._thorough.down
        across, down = (long, short) if width >= height else (short, long)
        for top in _places(height - self._size, down):
            for left in _places(width - self._size, across):
                yield np.ascontiguousarray(images[:, top : top + self._size, left : left + self._size])


def _places(room: int, count: int) -> list[int]:
    """Evenly spread from 0 to `room`; one alone is in the middle."""
    return [room // 2] if count == 1 else [round(room * place / (count - 1)) for place in range(count)]
