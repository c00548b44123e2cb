"""From a video file to sampled frames: which frames, by which decoder, and what to do when it is damaged."""

from hapvr.video.errors import DecodeError
from hapvr.video.sampling import Sample, sample

__all__ = ["DecodeError", "Sample", "sample"]
