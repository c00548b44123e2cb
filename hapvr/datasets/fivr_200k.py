"""FIVR-200K, from the published annotation.

Source: Kordopatis-Zilos et al., FIVR: Fine-grained Incident Video Retrieval, 2019; easy duplicates: S2VS, 2023.
"""

import json
from pathlib import Path

from hapvr.datasets.dataset import Dataset
from hapvr.datasets.fivr import fivr_dataset
from hapvr.datasets.published import check_keys, read_ids

ANNOTATION = "fivr_annotation.json"
IDS = "fivr_youtube_ids.txt"


def fivr_200k(folder: Path) -> Dataset:
    """100 queries, 225,960 database videos. `folder` holds the annotation files. Raises ValueError."""
    annotation = json.loads((folder / ANNOTATION).read_text(encoding="utf-8"))
    check_keys(folder / ANNOTATION, annotation, {})
    return fivr_dataset("fivr_200k", folder, annotation, sorted(annotation), read_ids(folder / IDS))
