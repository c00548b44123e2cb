"""One augmented view of a video, in pixels: what is drawn depends on the view, not on the order of the work."""

from torch import Tensor

from hapvr.seeding import generator_of, happens, integer, uniform
from hapvr.storage.views import Kind
from hapvr.views.augment import strong, weak
from hapvr.views.clips import Clips
from hapvr.views.options import Views
from hapvr.views.video_in_video import video_in_video


def view_kinds(params: Views) -> list[tuple[Kind, int]]:
    """Kind and number of each view that a video has."""
    counts: dict[Kind, int] = {"weak": params.weak, "strong": params.strong}
    return [(kind, number) for kind, count in counts.items() for number in range(count)]


def augment_view(
    video_id: str, kind: Kind, number: int, *, clip: Tensor, clips: Clips, params: Views
) -> tuple[Tensor, str]:
    """One view, [T, 3, H, W] in 0–1, and the id of the video it was placed in, or "".

    What is drawn depends on `views.seed`, the video, the kind and the number, not on the order of the work.
    """
    generator = generator_of(params.seed, "view", video_id, kind, number)
    if kind == "weak":
        return weak(clip, params, generator), ""
    image = strong(clip, params, generator)
    others = [other for other in clips.video_ids if other != video_id]
    if not happens(params.video_in_video, generator) or not others:
        return image, ""
    # In a strong view of a random other video.
    other = others[integer(0, len(others) - 1, generator)]
    outer = strong(clips.read(other), params, generator)
    area = uniform(*params.area, generator)
    return video_in_video(image, outer, area, generator=generator), other
