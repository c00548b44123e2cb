"""A plan: the videos of a dataset before they are rendered, and its ground truth."""

from collections.abc import Iterable
from dataclasses import dataclass

from hapvr.datasets.dataset import Dataset
from hapvr.render.video import Video


@dataclass(frozen=True)
class Plan:
    """videos: video id → what it shows; dataset: what dataset.json will hold."""

    videos: dict[str, Video]
    dataset: Dataset


def paths(video_ids: Iterable[str]) -> dict[str, str]:
    """Video id → path below the dataset's folder, in order of id."""
    return {video_id: f"videos/{video_id}.mp4" for video_id in sorted(video_ids)}


def ids(stem: str, count: int) -> list[str]:
    """As many numbered ids as needed."""
    return [f"{stem}{number:02d}" for number in range(count)]
