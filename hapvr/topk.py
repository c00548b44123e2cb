"""How many of its best items TopK-Chamfer keeps, from rates and lengths alone. With one of each it is plain Chamfer."""

from collections.abc import Mapping
from typing import Any, NamedTuple

REGIONS = 9
# What a method of params.yaml calls the rates of the two levels.
RATES = ("region_top_rate", "frame_top_rate")
# Frames that one row of the matrix stands for when TopK-Chamfer pools it, by the method's name.
STRIDES = {"chamfer": 1, "similarity_network": 4}


class Kept(NamedTuple):
    """k of the two levels: of a frame's regions, and of a video's rows of frames."""

    regions: int
    frames: int


def kept_items(rate: float, items: int) -> int:
    """k = max(round(rate · items), 1), with Python's round (ties to even)."""
    return max(round(items * rate), 1)


def kept_at_levels(method: Mapping[str, Any], frames: int) -> Kept:
    """What a method of params.yaml keeps of a target of so many frames; one of each, if it has no TopK-Chamfer."""
    region_rate, frame_rate = (method.get(rate, 0) for rate in RATES)
    return Kept(kept_items(region_rate, REGIONS), kept_items(frame_rate, matrix_rows(method, frames)))


def matrix_rows(method: Mapping[str, Any], frames: int) -> int:
    """Rows that TopK-Chamfer pools of a video of so many frames, which is repeated where it is too short."""
    repeats = -(-method.get("minimum_frames", 1) // frames)
    return repeats * frames // STRIDES.get(method["name"], 1)


def same_network(method: Mapping[str, Any], other: Mapping[str, Any], frames: int) -> bool:
    """Whether two methods compute the same of targets of so many frames: equal but for rates that keep as many."""
    rest, rest_of_other = ({key: one[key] for key in one if key not in RATES} for one in (method, other))
    return rest == rest_of_other and kept_at_levels(method, frames) == kept_at_levels(other, frames)
