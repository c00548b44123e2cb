"""How many of its best items TopK-Chamfer keeps, from rates and lengths alone. With one of each it is plain Chamfer."""

from collections.abc import Mapping
from typing import Any, NamedTuple

REGIONS = 9
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
    return Kept(
        kept_items(method.get("region_top_rate", 0), REGIONS),
        kept_items(method.get("frame_top_rate", 0), matrix_rows(method, frames)),
    )


def matrix_rows(method: Mapping[str, Any], frames: int) -> int:
    """Rows that TopK-Chamfer pools of a video of so many frames, which is repeated where it is too short."""
    repeats = -(-method.get("minimum_frames", 1) // frames)
    return repeats * frames // STRIDES.get(method["name"], 1)


def same_network(method: Mapping[str, Any], other: Mapping[str, Any], frames: int) -> bool:
    """Whether two methods compute the same of targets of so many frames: equal but for rates that keep as many."""
    rates = {"region_top_rate", "frame_top_rate"}
    alike = {key: value for key, value in method.items() if key not in rates} == {
        key: value for key, value in other.items() if key not in rates
    }
    return alike and kept_at_levels(method, frames) == kept_at_levels(other, frames)
