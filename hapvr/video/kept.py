"""What is decoded of a shard so far, kept so that an interrupted stage goes on where it stopped.

One file per video: a line of JSON, then the JPEG files.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from hapvr.storage.files import whole
from hapvr.storage.resume import dependencies, key_of
from hapvr.video.job import DecodedVideo
from hapvr.video.picture_folder import is_plain, picture_files


class Kept:
    """Decoded videos by their id, good as long as their file, or folder of frames, and `depends_on` stay the same."""

    def __init__(self, folder: Path, depends_on: Mapping[str, Any]) -> None:
        """depends_on: everything that decides beside the file, such as options, versions and a digest of the code."""
        self._folder = folder
        self._depends_on = depends_on

    def save(self, video_id: str, path: Path, decoded: DecodedVideo) -> None:
        """Keeps a decoded video whole."""
        head = {
            "key": self._key(path),
            "decoder": decoded.decoder,
            "reason": decoded.reason,
            "timestamps": decoded.timestamps,
            "indices": decoded.indices,
            "sizes": [len(jpeg) for jpeg in decoded.jpegs],
        }
        with whole(self._file(video_id)) as temporary, temporary.open("wb") as file:
            file.write(json.dumps(head).encode() + b"\n")
            file.writelines(decoded.jpegs)

    def has(self, video_id: str, path: Path) -> bool:
        """Whether this very video file is here, decoded in the same way."""
        try:
            with self._file(video_id).open("rb") as file:
                return bool(json.loads(file.readline())["key"] == self._key(path))
        except FileNotFoundError:
            return False

    def load(self, video_id: str) -> DecodedVideo:
        """A decoded video that is here."""
        with self._file(video_id).open("rb") as file:
            head = json.loads(file.readline())
            content = file.read()
        jpegs = [content[end - size : end] for end, size in zip(accumulate(head["sizes"]), head["sizes"], strict=True)]
        return DecodedVideo(head["decoder"], jpegs, head["timestamps"], head["indices"], head["reason"])

    def size(self) -> int:
        """Bytes of all that is here."""
        return sum(file.stat().st_size for file in self._folder.glob("*"))

    def remove(self) -> None:
        """Forgets everything."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, video_id: str) -> Path:
        return self._folder / hashlib.sha256(video_id.encode()).hexdigest()

    def _key(self, path: Path) -> str:
        files = [file for file in picture_files(path) if is_plain(file)] if path.is_dir() else [path]
        return key_of(dependencies(self._depends_on, contents=files))
