"""One view made of frames, for the training step."""

from dataclasses import dataclass

from torch import Generator, Tensor

from hapvr.params.data import Views
from hapvr.params.train import Train
from hapvr.storage.views import Kind
from hapvr.training.temporal import view_indices
from hapvr.views.clips import Clips
from hapvr.views.pixels import pixels


@dataclass(frozen=True)
class Made:
    """The pixels of a view, each frame once, and when each is shown.

    images: [T', 3, H, W] in 0–1. shown: [window] which of them is shown when. sources: ids of the videos seen in it.
    """

    images: Tensor
    shown: Tensor
    sources: frozenset[str]


def make(video_id: str, kind: Kind, clips: Clips, *, views: Views, train: Train, generator: Generator) -> Made:
    """A view of a video: temporal augmentation and window first, so that only frames that are shown are read.

    A frame that is shown several times is augmented once, as in the view bank. Around a video-in-video view lie the
    frames of the other video with the same numbers.
    """
    frames, shown = view_indices(kind, clips.store[video_id], train, generator).unique(return_inverse=True)
    showing = clips.showing(frames.numpy())
    images, mixed = pixels(showing.read(video_id), video_id, kind, clips=showing, params=views, generator=generator)
    return Made(images, shown, frozenset({video_id, mixed} - {""}))
