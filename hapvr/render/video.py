"""Videos: clips of recordings, one after the other, each with its edits."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from hapvr.render.camera import Recording, frames
from hapvr.render.dressing import PLAIN, Dressing, dress
from hapvr.render.edits import UNEDITED, Edit, apply


@dataclass(frozen=True)
class Clip:
    """Part of a recording, from start_s to end_s of its incident. host: footage that an inset lies in.

    stock: a shot that anyone may have cut in; it tells nothing of what a video is about.
    """

    recording: Recording
    start_s: float
    end_s: float
    edit: Edit = UNEDITED
    host: Recording | None = None
    stock: bool = False

    @property
    def seconds(self) -> float:
        """Time it takes to play."""
        return (self.end_s - self.start_s) / self.edit.speed


@dataclass(frozen=True)
class Video:
    """What one file shows: clips, and what their publisher did to them. crf: H.264 constant rate factor."""

    clips: tuple[Clip, ...]
    crf: float
    dressing: Dressing = PLAIN

    @property
    def seconds(self) -> float:
        return sum(clip.seconds for clip in self.clips) + self.dressing.seconds


def whole_clip(recording: Recording) -> Clip:
    """A recording from its start to its end, unedited."""
    return Clip(recording, recording.start_s, recording.end_s)


def draw_video(video: Video, *, size: tuple[int, int], fps: int) -> Iterator[Image.Image]:
    """Gives the frames RGB of a video. size: width and height in pixels."""
    count = sum(_frame_count(clip, fps) for clip in video.clips)
    yield from dress(video.dressing, _draw_clips(video, size=size, fps=fps), count=count, size=size, fps=fps)


def _frame_count(clip: Clip, fps: int) -> int:
    return max(round(clip.seconds * fps), 1)


def _draw_clips(video: Video, *, size: tuple[int, int], fps: int) -> Iterator[Image.Image]:
    for clip in video.clips:
        count = _frame_count(clip, fps)
        steps = np.arange(count) / fps
        pictures = frames(clip.recording, clip.start_s + steps * clip.edit.speed, size)
        hosts: Iterator[Image.Image | None] = iter([None] * count)
        if clip.edit.inset is not None and clip.host is not None:
            hosts = iter(frames(clip.host, clip.host.start_s + steps, size))
        for picture, host in zip(pictures, hosts, strict=True):
            yield apply(clip.edit, picture, host)
