"""Published features: what is read of a file by others, and what is a row in failures.csv."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from hapvr.features.published import BLOCK_FRAMES, FeatureError, check_dims, open_features, read_usable, read_video

DIMS = 8


def array(frames: int, *, dims: int = DIMS, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((frames, 9, dims), np.float32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A published file: gzip float32, and everything that can be wrong with an entry."""
    path = tmp_path / "published.hdf5"
    with h5py.File(path, "w") as file:
        file.create_dataset("whole", data=array(5), compression="gzip")
        file.create_dataset("half", data=array(5).astype(np.float16), compression="gzip", shuffle=True)
        file.create_dataset("plain", data=array(1))
        file.create_dataset("long", data=array(BLOCK_FRAMES + 7, seed=1), compression="gzip", chunks=(100, 9, DIMS))
        file.create_dataset("empty", data=array(0))
        file.create_dataset("narrow", data=array(5, dims=4))
        file.create_dataset("flat", data=array(5)[:, 0])
        file.create_dataset("regions", data=array(5)[:, :4])
        file.create_dataset("nan", data=np.where(array(5) > 2, np.nan, array(5)))
        file.create_dataset("huge", data=array(5) * 1e6)
        file.create_dataset("whole numbers", data=np.ones((5, 9, DIMS), np.int64))
        file.create_dataset("texts", data=np.full((5, 9, DIMS), b"a"))
        file.create_group("group")
        # As long as a bomb likes: nothing of it is on disk.
        file.create_dataset("bomb", shape=(10**9, 9, DIMS), dtype=np.float32, compression="gzip", chunks=(100, 9, DIMS))
        file.create_dataset("chunk", shape=(10, 9, DIMS), maxshape=(None, 9, DIMS), dtype="f4", chunks=(10**7, 9, DIMS))
        file.create_dataset("packed", data=array(5), compression="lzf")
        file["soft"] = h5py.SoftLink("/whole")
        file["external"] = h5py.ExternalLink("/etc/passwd", "/whole")
        (tmp_path / "raw").write_bytes(array(5).tobytes())
        file.create_dataset(
            "raw", shape=(5, 9, DIMS), dtype="f4", external=[(str(tmp_path / "raw"), 0, 5 * 9 * DIMS * 4)]
        )
        layout = h5py.VirtualLayout((5, 9, DIMS), "f4")
        layout[:] = h5py.VirtualSource(str(path), "whole", (5, 9, DIMS))
        file.create_virtual_dataset("virtual", layout)
        damaged = file.create_dataset("damaged", data=array(500), compression="gzip", chunks=(500, 9, DIMS))
        info = damaged.id.get_chunk_info(0)
    with path.open("r+b") as raw:
        raw.seek(info.byte_offset + 100)
        raw.write(b"\xff" * 200)
    return path


@pytest.mark.parametrize("video", ["whole", "half", "plain"])
def test_features_are_those_of_the_file_as_float16(path: Path, video: str) -> None:
    with open_features(path) as file:
        found = read_video(file, video, dims=DIMS, frames=100)
        assert found.dtype == np.float16
        assert np.array_equal(found, file[video][()].astype(np.float16))


def test_a_long_video_is_read_in_blocks_of_whole_chunks(path: Path) -> None:
    with open_features(path) as file:
        found = read_video(file, "long", dims=DIMS, frames=2 * BLOCK_FRAMES)
        assert np.array_equal(found, array(BLOCK_FRAMES + 7, seed=1).astype(np.float16))


def test_unit_norm_is_not_assumed(path: Path) -> None:
    with open_features(path) as file:
        norms = np.linalg.norm(read_video(file, "whole", dims=DIMS, frames=9).astype(float), axis=-1)
    assert norms.std() > 0.1


@pytest.mark.parametrize(
    ("video", "reason"),
    [
        ("elsewhere", r"missing: not in published\.hdf5"),
        ("empty", r"shape \[0, 9, 8\]; expected \[T, 9, 8\] with 1 to 2000 frames"),
        ("narrow", r"shape \[5, 9, 4\]"),
        ("flat", r"shape \[5, 8\]"),
        ("regions", r"shape \[5, 4, 8\]"),
        ("bomb", r"shape \[1000000000, 9, 8\]; expected .* 1 to 2000 frames"),
        ("nan", "not finite as float16"),
        ("huge", "not finite as float16: .* beyond 65,504"),
        ("whole numbers", "refused: not an array of floating-point numbers"),
        ("texts", "refused: not an array of floating-point numbers"),
        ("group", "refused: not an array of floating-point numbers"),
        ("chunk", r"refused: chunks of \[10000000, 9, 8\]"),
        ("packed", "refused: packed otherwise than by gzip"),
        ("soft", "refused: a link to another place"),
        ("external", "refused: a link to another place"),
        ("raw", "refused: its numbers lie in another file"),
        ("virtual", "refused: its numbers lie in another file"),
        ("damaged", "damaged: "),
    ],
)
def test_what_cannot_be_used_is_a_failure_with_its_reason(path: Path, video: str, reason: str) -> None:
    with open_features(path) as file, pytest.raises(FeatureError, match=reason):
        read_video(file, video, dims=DIMS, frames=2000)


def test_a_failure_loses_no_other_video(path: Path) -> None:
    failures = []
    with open_features(path) as file:
        found = dict(read_usable(file, ["damaged", "whole", "elsewhere", "plain"], failures, dims=DIMS, frames=9))
    assert list(found) == ["whole", "plain"]
    assert [(failure.video, failure.seconds_salvaged) for failure in failures] == [("damaged", 0), ("elsewhere", 0)]


def test_a_file_of_other_dims_or_another_dataset_is_named(path: Path) -> None:
    with open_features(path) as file:
        check_dims(file, ["elsewhere", "whole"], DIMS)
        with pytest.raises(ValueError, match=r"published\.hdf5: whole: expected 512 dims as in whiten\.dims, found 8"):
            check_dims(file, ["whole"], 512)
        with pytest.raises(ValueError, match="has none of the videos of the dataset"):
            check_dims(file, ["elsewhere"], DIMS)


def test_what_is_no_hdf5_file_is_named(path: Path, tmp_path: Path) -> None:
    whole = path.read_bytes()
    for content in (b"", b"<html>", whole[: len(whole) // 2]):
        (tmp_path / "other.hdf5").write_bytes(content)
        with pytest.raises(ValueError, match=r"other\.hdf5: expected HDF5, found a damaged file or another"):
            open_features(tmp_path / "other.hdf5")
    with pytest.raises(FileNotFoundError, match=r"none\.hdf5: no such file; expected published features"):
        open_features(tmp_path / "none.hdf5")
