"""FIVR-5K, a part of FIVR-200K, from the published annotation.

Source: Kordopatis-Zilos et al., FIVR: Fine-grained Incident Video Retrieval, 2019; easy duplicates: S2VS, 2023.
"""

from pathlib import Path

from hapvr.datasets.dataset import Dataset
from hapvr.datasets.fivr import fivr_dataset
from hapvr.datasets.pickles import read_pickle
from hapvr.datasets.published import check_keys

VERSIONS = "fivr_audio.pickle"


def fivr_5k(folder: Path) -> Dataset:
    """50 queries, 5,000 database videos: a part of FIVR-200K. Raises ValueError."""
    content = read_pickle(folder / VERSIONS)
    check_keys(folder / VERSIONS, content, {"annotation": dict, "5k": dict})
    version = content["5k"]
    return fivr_dataset("fivr_5k", folder, content["annotation"], sorted(version["queries"]), version["database"])
