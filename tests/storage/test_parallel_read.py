from pathlib import Path

import h5py
import numpy as np
import pytest

from hapvr.storage.parallel_read import read

SHAPE = (70, 9, 33)
WAYS = {
    "contiguous": {},
    "gzip": {"compression": "gzip"},
    "gzip in chunks that overlap the edge": {"compression": "gzip", "chunks": (16, 4, 10)},
    "gzip after shuffling": {"compression": "gzip", "shuffle": True},
    "another filter": {"compression": "lzf"},
}


@pytest.fixture
def file(tmp_path: Path):
    with h5py.File(tmp_path / "features.h5", "w") as opened:
        yield opened


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_gives_what_hdf5_gives(file: h5py.File, way: str, dtype: str) -> None:
    values = np.random.default_rng(0).standard_normal(SHAPE).astype(dtype)
    dataset = file.create_dataset("video", data=values, **WAYS[way])
    assert np.array_equal(read(dataset), values)
    assert read(dataset).dtype == dataset.dtype


def test_chunks_never_written_are_zeros(file: h5py.File) -> None:
    dataset = file.create_dataset("video", shape=SHAPE, dtype="f4", compression="gzip", chunks=(16, 9, 33))
    dataset[:16] = 1
    assert np.array_equal(read(dataset), dataset[()])


@pytest.mark.parametrize("damage", [b"not gzip at all", b""])
def test_damaged_chunk_is_named(file: h5py.File, damage: bytes) -> None:
    dataset = file.create_dataset("video", data=np.ones((4, 9, 8), np.float32), compression="gzip", chunks=(4, 9, 8))
    dataset.id.write_direct_chunk((0, 0, 0), damage or dataset.id.read_direct_chunk((0, 0, 0))[1][:8])
    with pytest.raises(OSError, match=r"features\.h5: /video is"):
        read(dataset)
