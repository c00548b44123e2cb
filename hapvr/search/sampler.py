"""Sampling a video of which nothing is known: as the pipeline does, in a child process that is killed if it hangs."""

from pathlib import Path

import numpy as np

from hapvr.stages.frames import task_of
from hapvr.storage.frames import SampledFrames
from hapvr.video import DecodeError, Sample
from hapvr.video.options import Frames
from hapvr.video.pool import decoded


def sampled(path: Path, params: Frames) -> Sample:
    """Frames of one video, JPEG-coded in between as those of the pipeline are.

    Raises DecodeError, naming the file, if it is no video, damaged anywhere, or beyond `frames.limits`.
    """
    if not path.is_file():
        raise DecodeError(f"{path}: no such file, or not a regular one")
    [(_, outcome)] = decoded([(path.name, task_of(path.resolve(), params))], workers=1)
    if outcome.reason:
        raise DecodeError(f"{path}: {outcome.reason}")
    timestamps, indices = np.array(outcome.timestamps), np.array(outcome.indices)
    images = SampledFrames(path.name, outcome.jpegs, timestamps, indices, outcome.decoder).images()
    return Sample(images, timestamps, indices, outcome.decoder)
