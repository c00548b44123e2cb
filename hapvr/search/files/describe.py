"""A video file as the network sees it: sampled frames and their region features."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from hapvr.features.extractor import Extractor
from hapvr.search.files.still import STILLS, as_folder_of_frames
from hapvr.video import DecodeError, Sample
from hapvr.video.job import build_task, decode_files
from hapvr.video.options import Frames
from hapvr.video.shard import sampled_frames


class Sampled(NamedTuple):
    """frames: what can be used of a file. damage: what is wrong with it and how much is left; empty if nothing is."""

    frames: Sample
    damage: str


class Described(NamedTuple):
    """frames: what was sampled, T of them. features: float32 [T, R, D], of float16 precision as everywhere on disk.

    damage: as of `Sampled`.
    """

    frames: Sample
    features: np.ndarray
    damage: str = ""


class Describer:
    """Samples and describes videos as the pipeline does with the same options and extractor.

    views: how many views of each frame its features have. made_with: everything that decides about features, to tell
    whether those of an index can be compared with new ones.
    """

    views = 1

    def __init__(self, options: Frames, extractor: Extractor, *, made_with: dict[str, Any]) -> None:
        self.made_with = made_with
        self._options = options
        self.extractor = extractor

    def sample(self, path: Path) -> Sample:
        """Sampled frames alone. Raises DecodeError."""
        return sample_untrusted(path, self._options).frames

    def __call__(self, path: Path) -> Described:
        """Raises DecodeError."""
        frames, damage = sample_untrusted(path, self._options)
        return Described(frames, self._features(frames.images), damage)

    def mirrored(self, frames: Sample) -> np.ndarray:
        """Features [T, R, D] of frames seen in a mirror."""
        return self._features(np.ascontiguousarray(frames.images[:, :, ::-1]))

    def _features(self, images: np.ndarray) -> np.ndarray:
        return self.extractor(images).regions.to(torch.float16).float().numpy()


def sample_untrusted(path: Path, options: Frames) -> Sampled:
    """Frames of one video or still picture of which nothing is known, decoded in a child that is killed if it hangs.

    They are JPEG-coded in between, as those of the pipeline are, and of a damaged video what is undamaged is kept as
    the pipeline keeps it, by `options.policy`. Raises DecodeError, naming the file, where nothing is.
    """
    if not path.is_file():
        raise DecodeError(f"{path}: no such file, or not a regular one")
    if path.suffix.lower() in STILLS:
        with as_folder_of_frames(path, options.limits) as folder:
            return _sample(path, folder, options)
    return _sample(path, path.resolve(), options)


def _sample(path: Path, source: Path, options: Frames) -> Sampled:
    [(_, decoded)] = decode_files([(path.name, build_task(source, options))], workers=1)
    usable_s = len(decoded.jpegs) / options.fps
    if decoded.reason and (options.policy == "reject" or not decoded.jpegs or usable_s < options.minimum_s):
        raise DecodeError(f"{path}: {decoded.reason}")
    frames = sampled_frames(path.name, decoded)
    damage = f"{decoded.reason}; {usable_s:g} s of it can be used" if decoded.reason else ""
    return Sampled(Sample(frames.images(), frames.timestamps, frames.indices, frames.decoder), damage)
