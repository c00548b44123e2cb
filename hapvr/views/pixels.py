"""What is to be seen in one view of a video: pixel augmentation, and perhaps another video around it."""

from collections.abc import Sequence

from torch import Generator, Tensor

from hapvr.params.data import Views
from hapvr.seeding import happens, integer, uniform
from hapvr.storage.views import Kind
from hapvr.views.augment import strong, weak
from hapvr.views.clips import Clips
from hapvr.views.video_in_video import video_in_video


def pixels(
    clip: Tensor, video_id: str, kind: Kind, *, clips: Clips, params: Views, generator: Generator
) -> tuple[Tensor, str]:
    """One view of a video, [T, 3, H, W] in 0–1, and the id of the video it was placed in, or "".

    clip: the video's frames, [T, 3, H, W] in 0–1. A strong view may be placed in a strong view of a random other video
    of `clips`, if there is one.
    """
    if kind == "weak":
        return weak(clip, params, generator), ""
    image = strong(clip, params, generator)
    if not happens(params.video_in_video, generator) or len(clips.video_ids) < 2:
        return image, ""
    other = _other(video_id, clips.video_ids, generator)
    outer = strong(clips.read(other), params, generator)
    area = uniform(*params.area, generator)
    return video_in_video(image, outer, area, generator=generator), other


def _other(video_id: str, video_ids: Sequence[str], generator: Generator) -> str:
    """A random one of the ascending ids but `video_id`, without a list of the others, which may be long."""
    place = integer(0, len(video_ids) - 2, generator)
    return video_ids[place + (video_ids[place] >= video_id)]
