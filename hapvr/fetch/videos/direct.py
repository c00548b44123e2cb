"""Videos by the addresses of their files."""

from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from hapvr.fetch.download import download as download_file
from hapvr.fetch.options import Direct
from hapvr.fetch.videos.pace import Pace
from hapvr.fetch.videos.pattern import address_of
from hapvr.video import SUFFIXES


class ByUrl:
    """Fetches videos from several threads."""

    def __init__(self, download: Direct, partial: Path) -> None:
        """partial: folder for what is not whole yet."""
        self._download, self._partial = download, partial
        self._pace = Pace(download.requests_per_s, download.jitter)
        suffix = PurePosixPath(urlsplit(download.url).path).suffix.lower()
        self._suffix = suffix if suffix in SUFFIXES else SUFFIXES[0]

    def __call__(self, video: str) -> Path:
        """The whole file of a video, below `partial/{video}`. Raises DownloadError."""
        file = self._partial / video / f"file{self._suffix}"
        self._pace.wait()
        download_file(
            address_of(self._download.url, video),
            file,
            sha256=None,
            limit_mb=self._download.limit_mb,
            first_pause_s=1 / self._download.requests_per_s,
            timeout_s=self._download.timeout_s,
            quiet=True,
        )
        return file
