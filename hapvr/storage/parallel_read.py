"""Reading an HDF5 dataset so that several threads unpack several datasets at once."""

import math
import zlib

import h5py
import numpy as np


def read(dataset: h5py.Dataset) -> np.ndarray:
    """The whole dataset. HDF5 lets one thread in at a time, so chunks packed by gzip are unpacked outside of it.

    Raises OSError for a chunk that is damaged.
    """
    if not _uses_gzip_alone(dataset):
        return np.asarray(dataset[()])
    result = np.empty(dataset.shape, dataset.dtype)
    for place in dataset.iter_chunks():
        unfiltered, data = dataset.id.read_direct_chunk(tuple(side.start for side in place))
        chunk = np.frombuffer(data if unfiltered else _unpack(dataset, data), dataset.dtype).reshape(dataset.chunks)
        part = result[place]
        part[...] = chunk[tuple(slice(size) for size in part.shape)]
    return result


def _uses_gzip_alone(dataset: h5py.Dataset) -> bool:
    """Whether gzip is the only filter, and every chunk is there (one that is not means zeros)."""
    properties = dataset.id.get_create_plist()
    filters = [properties.get_filter(number)[0] for number in range(properties.get_nfilters())]
    if filters != [h5py.h5z.FILTER_DEFLATE] or not dataset.size:
        return False
    sides = zip(dataset.shape, dataset.chunks, strict=True)
    return bool(dataset.id.get_num_chunks() == math.prod(-(-length // side) for length, side in sides))


def _unpack(dataset: h5py.Dataset, data: bytes) -> bytes:
    size = math.prod(dataset.chunks) * dataset.dtype.itemsize
    try:
        unpacked = zlib.decompressobj().decompress(data, size)
    except zlib.error as error:
        raise OSError(f"{dataset.file.filename}: {dataset.name} is damaged ({error}); fetch the file again") from error
    if len(unpacked) < size:
        raise OSError(f"{dataset.file.filename}: {dataset.name} is cut short; fetch the file again")
    return unpacked
