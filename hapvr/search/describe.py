"""A video file as the network sees it: sampled frames and their region features."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from hapvr.features.extractor import Extractor
from hapvr.video import DecodeError, Sample
from hapvr.video.job import build_task, decode_files
from hapvr.video.options import Frames
from hapvr.video.shard import sampled_frames


class Described(NamedTuple):
    """frames: what was sampled, T of them. features: float32 [T, R, D], of float16 precision as everywhere on disk."""

    frames: Sample
    features: np.ndarray


class Describer:
    """Samples and describes videos as the pipeline does with the same options and extractor.

    made_with: everything that decides about features, to tell whether those of an index can be compared with new ones.
    """

    def __init__(self, options: Frames, extractor: Extractor, *, made_with: dict[str, Any]) -> None:
        self.made_with = made_with
        self._options = options
        self._extractor = extractor

    def sample(self, path: Path) -> Sample:
        """Sampled frames alone. Raises DecodeError."""
        return sample_untrusted(path, self._options)

    def __call__(self, path: Path) -> Described:
        """Raises DecodeError."""
        frames = self.sample(path)
        return Described(frames, self._extractor(frames.images).regions.to(torch.float16).float().numpy())


def sample_untrusted(path: Path, options: Frames) -> Sample:
    """Frames of one video of which nothing is known, in a child process that is killed if it hangs.

    They are JPEG-coded in between, as those of the pipeline are. Raises DecodeError, naming the file, if it is no
    video, damaged anywhere, or beyond `options.limits`.
    """
    if not path.is_file():
        raise DecodeError(f"{path}: no such file, or not a regular one")
    [(_, decoded)] = decode_files([(path.name, build_task(path.resolve(), options))], workers=1)
    if decoded.reason:
        raise DecodeError(f"{path}: {decoded.reason}")
    frames = sampled_frames(path.name, decoded)
    return Sample(frames.images(), frames.timestamps, frames.indices, frames.decoder)
