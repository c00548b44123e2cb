"""Frames through FFmpeg's filters, one layer or one over another, without holding more than a few of them."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import NamedTuple

import av
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import VideoFrame
from first_seconds import FPS

Filter = tuple[str, str]  # name and arguments


class Layer(NamedTuple):
    """Frames, the filters that they pass, and where their left upper corner lies on the layer below."""

    frames: Iterable[VideoFrame]
    filters: Sequence[Filter] = ()
    at: tuple[int, int] = (0, 0)


def compose(*layers: Layer) -> Iterator[VideoFrame]:
    """One layer filtered, or a second one laid over the first, as long as the shorter of them."""
    graph = Graph()
    graph.threads = 1
    sources: list[FilterContext] = []
    for number, frames in enumerate(zip(*(layer.frames for layer in layers), strict=False)):
        if not sources:
            sources, sink = _build(graph, layers, frames)
        for source, frame in zip(sources, frames, strict=True):
            frame.pts, frame.duration, frame.time_base = number, 1, Fraction(1, FPS)
            source.push(frame)
        yield from _pull(sink)
    if sources:
        for source in sources:
            source.push(None)
        yield from _pull(sink)


def _build(
    graph: Graph, layers: Sequence[Layer], frames: Sequence[VideoFrame]
) -> tuple[list[FilterContext], FilterContext]:
    """The sources and the sink of a graph for frames like these."""
    sources, ends = [], []
    for layer, frame in zip(layers, frames, strict=True):
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=Fraction(1, FPS)
        )
        sources.append(source)
        ends.append(_chain(graph, source, layer.filters))
    if len(layers) == 2:
        x, y = layers[1].at
        over = graph.add("overlay", f"x={x}:y={y}:format=rgb:shortest=1")
        for number, end in enumerate(ends):
            end.link_to(over, 0, number)
        ends = [over]
    sink = _chain(graph, ends[0], [("buffersink", "")])
    graph.configure()
    return sources, sink


def _chain(graph: Graph, start: FilterContext, filters: Sequence[Filter]) -> FilterContext:
    for name, arguments in filters:
        following = graph.add(name, arguments or None)
        start.link_to(following)
        start = following
    return start


def _pull(sink: FilterContext) -> Iterator[VideoFrame]:
    """What has come through by now."""
    while True:
        try:
            yield sink.pull()
        except (av.BlockingIOError, av.EOFError):
            return
