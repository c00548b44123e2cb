"""What is done of a shard, kept outside of the stage's outputs so that an interrupted stage goes on where it stopped.

DVC empties the outputs of a stage before it runs it. One file per video: a line of JSON, then the JPEG files.
"""

import hashlib
import json
import shutil
from itertools import accumulate
from pathlib import Path
from typing import Any

from hapvr.storage.files import whole
from hapvr.video.job import Outcome


class Partial:
    """Outcomes of videos by their id, good as long as parameters, decoders and the video file stay the same."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        self._folder = folder
        self._settings = json.dumps(settings, sort_keys=True)

    def save(self, video_id: str, path: Path, outcome: Outcome) -> None:
        """Keeps the outcome of a video whole."""
        head = {
            "key": self._key(path),
            "decoder": outcome.decoder,
            "reason": outcome.reason,
            "timestamps": outcome.timestamps,
            "indices": outcome.indices,
            "sizes": [len(jpeg) for jpeg in outcome.jpegs],
        }
        with whole(self._file(video_id)) as temporary, temporary.open("wb") as file:
            file.write(json.dumps(head).encode() + b"\n")
            file.writelines(outcome.jpegs)

    def has(self, video_id: str, path: Path) -> bool:
        """Whether the outcome of this very video file under these settings is here."""
        try:
            with self._file(video_id).open("rb") as file:
                return bool(json.loads(file.readline())["key"] == self._key(path))
        except FileNotFoundError:
            return False

    def load(self, video_id: str) -> Outcome:
        """The outcome of a video that is here."""
        with self._file(video_id).open("rb") as file:
            head = json.loads(file.readline())
            content = file.read()
        jpegs = [content[end - size : end] for end, size in zip(accumulate(head["sizes"]), head["sizes"], strict=True)]
        return Outcome(head["decoder"], jpegs, head["timestamps"], head["indices"], head["reason"])

    def size(self) -> int:
        """Bytes of all that is here."""
        return sum(file.stat().st_size for file in self._folder.glob("*"))

    def remove(self) -> None:
        """Forgets everything."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, video_id: str) -> Path:
        return self._folder / hashlib.sha256(video_id.encode()).hexdigest()

    def _key(self, path: Path) -> str:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        return hashlib.sha256(f"{self._settings}\n{content}".encode()).hexdigest()
