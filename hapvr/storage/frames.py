"""Sampled frames of many videos in one HDF5 file."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from hapvr.storage.files import whole
from hapvr.storage.owners import VideoFiles


@dataclass(frozen=True)
class SampledFrames:
    """Frames sampled from one video.

    jpegs: one JPEG file per frame, as bytes. timestamps: [T] seconds from the first frame.
    indices: [T] frame numbers in presentation order. decoder: name and version, as in "decord 0.6.0".
    """

    video_id: str
    jpegs: list[bytes]
    timestamps: np.ndarray
    indices: np.ndarray
    decoder: str

    def images(self) -> np.ndarray:
        """Decoded frames, [T, H, W, 3] uint8."""
        return np.stack([_decode_jpeg(jpeg) for jpeg in self.jpegs])


def write_frames(path: Path, videos: Iterable[SampledFrames]) -> None:
    """Writes one group per video id: `jpeg` (all files end to end), `sizes` [T], `timestamps`, `indices`."""
    with whole(path) as temporary, h5py.File(temporary, "w") as file:
        for video in videos:
            group = file.create_group(video.video_id)
            group["jpeg"] = np.frombuffer(b"".join(video.jpegs), np.uint8)
            group["sizes"] = np.array([len(jpeg) for jpeg in video.jpegs], np.int64)
            group["timestamps"] = np.asarray(video.timestamps, np.float64)
            group["indices"] = np.asarray(video.indices, np.int64)
            group.attrs["decoder"] = video.decoder


def read_frames(path: Path, video_ids: Container[str] | None = None) -> Iterator[SampledFrames]:
    """Gives the videos of a file (only those in `video_ids`) in order of id, one in memory at a time."""
    with h5py.File(path) as file:
        for video_id, group in file.items():
            if video_ids is not None and video_id not in video_ids:
                continue
            ends = np.cumsum(group["sizes"][:])
            data = group["jpeg"][:].tobytes()
            jpegs = [data[end - size : end] for end, size in zip(ends, group["sizes"][:], strict=True)]
            yield SampledFrames(video_id, jpegs, group["timestamps"][:], group["indices"][:], group.attrs["decoder"])


def frame_counts(path: Path) -> dict[str, int]:
    """Video id → number of sampled frames, in order of id."""
    with h5py.File(path) as file:
        return {video_id: int(group["sizes"].shape[0]) for video_id, group in file.items()}


class FrameStore(VideoFiles[int]):
    """Sampled frames in several files: video id → number of frames; frames are read when asked for, from any thread."""

    def __getitem__(self, video_id: str) -> int:
        return int(self._entry(video_id)["sizes"].shape[0])

    def images(self, video_id: str, frames: np.ndarray) -> np.ndarray:
        """The frames of a video with these numbers, decoded one by one, [T, H, W, 3] uint8.

        Raises ValueError for a frame that cannot be decoded.
        """
        group = self._entry(video_id)
        ends = np.cumsum(group["sizes"][:])
        starts = np.append(0, ends)
        try:
            return np.stack([_decode_jpeg(group["jpeg"][starts[frame] : ends[frame]].tobytes()) for frame in frames])
        except OSError as error:
            file = group.file.filename
            raise ValueError(
                f"{file}: a frame of {video_id!r} cannot be decoded ({error}); run the stage `frames` again"
            ) from error


def _decode_jpeg(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(jpeg)).convert("RGB"))
