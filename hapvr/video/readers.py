"""Which decoder reads a video: the first of a chain that is sure of its frames."""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from hapvr.video.decord_reader import read_with_decord
from hapvr.video.picture import Picture
from hapvr.video.request import Request
from hapvr.video.sequential import read_sequentially
from hapvr.video.sparse import read_sparsely

Decoder = Literal["auto", "decord", "pyav"]
Reader = Literal["decord", "sparse", "sequential"]

READERS: dict[Reader, Callable[[Path, Request], Iterator[Picture]]] = {
    "decord": read_with_decord,
    "sparse": read_sparsely,
    "sequential": read_sequentially,
}

# `decord` alone fails where decord is not exact; the last reader of the others also salvages.
CHAINS: dict[Decoder, tuple[Reader, ...]] = {
    "auto": ("decord", "sparse", "sequential"),
    "decord": ("decord",),
    "pyav": ("sparse", "sequential"),
}


def decoder_of(reader: Reader) -> str:
    """Name and version of the package behind a reader, as stored with the frames."""
    return f"decord {version('decord')}" if reader == "decord" else f"pyav {version('av')}"
