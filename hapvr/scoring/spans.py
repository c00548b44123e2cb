"""Cutting long videos into chunks whose joined results equal those of the whole."""

from collections.abc import Iterator
from typing import NamedTuple

# Frames on each side of a chunk: the CNN's 32 maps of it take 33 MB in float32.
CHUNK = 512


class Span(NamedTuple):
    """Frames of one chunk, halo included, and which of the outputs they give are kept."""

    start: int
    stop: int
    skip: int
    outputs: int


def spans(frames: int, stride: int) -> Iterator[Span]:
    """Cuts `frames` frames into chunks of CHUNK; the kept outputs, joined, are all frames // stride of them.

    stride: frames per output, 4 for the CNN and 1 where a frame stands for itself. The CNN's output depends
    on 7 frames before and after its own four: a halo of two strides. Without CNN there is no halo.
    """
    outputs = frames // stride
    halo = 2 * stride if stride > 1 else 0
    for first in range(0, outputs, CHUNK // stride):
        last = min(first + CHUNK // stride, outputs)
        start = max(first * stride - halo, 0)
        stop = frames if last == outputs else min(last * stride + halo, frames)
        yield Span(start, stop, first - start // stride, last - first)
