"""How a video relates to a query, worked out from the recordings that both show."""

from hapvr.render.video import Clip, Video

MOST = 0.8
"""Share of the query, and of the video, that must be the same footage for a near-duplicate."""


def relation(query: Video, video: Video) -> str | None:
    """ND, DS, CS or IS; None if they show different incidents. Stock shots and title cards tell nothing.

    ND: most of the query, and little else; DS: some of the query's footage; CS: another camera at an overlapping
    time; IS: the same incident at another time. Source: FIVR (Kordopatis-Zilos et al. 2019), section III.
    """
    shown = _select_footage(query), _select_footage(video)
    pairs = [(first, second) for first in shown[0] for second in shown[1] if _same_incident(first, second)]
    if not pairs:
        return None
    footage_s = sum(_overlap_s(*pair) for pair in pairs if pair[0].recording == pair[1].recording)
    if footage_s > 0:
        longer_s = max(_source_s(query), _source_s(video))
        return "ND" if footage_s >= MOST * longer_s else "DS"
    return "CS" if any(_overlap_s(*pair) > 0 for pair in pairs) else "IS"


def _same_incident(first: Clip, second: Clip) -> bool:
    return first.recording.incident == second.recording.incident


def _overlap_s(first: Clip, second: Clip) -> float:
    return max(min(first.end_s, second.end_s) - max(first.start_s, second.start_s), 0.0)


def _source_s(video: Video) -> float:
    return sum(clip.end_s - clip.start_s for clip in _select_footage(video))


def _select_footage(video: Video) -> list[Clip]:
    return [clip for clip in video.clips if not clip.stock]
