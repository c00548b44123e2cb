"""The published datasets by name, and the reader of each."""

from collections.abc import Callable
from pathlib import Path

from hapvr.datasets.cc_web_video import cc_web_video
from hapvr.datasets.dataset import Dataset
from hapvr.datasets.dns_100k import dns_100k
from hapvr.datasets.evve import evve
from hapvr.datasets.fivr import fivr_5k, fivr_200k
from hapvr.datasets.svd import svd
from hapvr.datasets.vcdb import vcdb

READERS: dict[str, Callable[[Path], Dataset]] = {
    "fivr_200k": fivr_200k,
    "fivr_5k": fivr_5k,
    "evve": evve,
    "svd": svd,
    "cc_web_video": cc_web_video,
    "vcdb": vcdb,
    "dns_100k": dns_100k,
}
