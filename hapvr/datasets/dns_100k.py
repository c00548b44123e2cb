"""DnS-100K: unlabelled YouTube videos to train on.

Source: Kordopatis-Zilos et al., DnS: Distill-and-Select for Efficient and Accurate Video Indexing and Retrieval, 2022.
"""

from pathlib import Path

from hapvr.datasets.dataset import Dataset
from hapvr.datasets.published import read_ids, video_paths

IDS = "dns_100k.txt"


def dns_100k(folder: Path) -> Dataset:
    """115,792 videos without queries or labels. Raises ValueError."""
    ids = sorted(read_ids(folder / IDS))
    return Dataset(name="dns_100k", videos=video_paths(ids), training=ids)
