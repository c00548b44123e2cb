"""yt-dlp as a library: one video of a page into a folder of its own, and nothing beside it."""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any

from yt_dlp import YoutubeDL
from yt_dlp.utils import DownloadCancelled

from hapvr.fetch.options import YtDlp
from hapvr.fetch.videos.formats import choose
from hapvr.fetch.videos.pace import Pace
from hapvr.fetch.videos.pattern import address_of
from hapvr.video import SUFFIXES

LIVE = ("is_live", "is_upcoming", "post_live")


class RefusedError(DownloadCancelled):
    """What the page offers is not taken; the message says why."""


class ByYtDlp:
    """Fetches videos from several threads, each with a client of its own."""

    def __init__(self, download: YtDlp, partial: Path, *, cookies: str | None) -> None:
        """partial: folder for what is not whole yet. cookies: content of a file of cookies, which is not written to."""
        self._download, self._partial, self._cookies = download, partial, cookies
        self._pace = Pace(download.requests_per_s, download.jitter)
        # A client knows a page's player after the first video: it is kept for the next one.
        self._idle: LifoQueue[_Client] = LifoQueue()

    def __call__(self, video: str) -> Path:
        """The whole file of a video, below `partial/{video}`. Raises what yt-dlp does, and RefusedError."""
        try:
            client = self._idle.get_nowait()
        except Empty:
            client = _Client(self._download, self._partial, self._pace, self._cookies)
        try:
            return client.fetch(video)
        finally:
            self._idle.put(client)


class _Client(YoutubeDL):
    def __init__(self, download: YtDlp, partial: Path, pace: Pace, cookies: str | None) -> None:
        self._download, self._partial, self._pace = download, partial, pace
        self._wanted = ""
        self._refused: str | None = None
        attempts = download.attempts - 1
        super().__init__(
            {
                # A page that is no video's could show any other one.
                "allowed_extractors": ["default", "-generic"],
                "cachedir": False,
                "cookiefile": None if cookies is None else StringIO(cookies),
                "continuedl": True,
                "extractor_retries": attempts,
                "file_access_retries": 0,
                # ffmpeg would be needed; broken containers are for the stage `frames` to judge.
                "fixup": "never",
                "format": self._choose,
                "fragment_retries": attempts,
                "hls_prefer_native": True,
                "logger": _Silence(),
                "match_filter": self._check,
                "noplaylist": True,
                "noprogress": True,
                # The start of one format is none of another's, nor of the same one after it changed.
                "outtmpl": "%(id)s/%(format_id)s-%(filesize,filesize_approx|0)s.%(ext)s",
                "paths": {"home": str(partial)},
                "progress_hooks": [self._watch],
                "quiet": True,
                "retries": attempts,
                "skip_unavailable_fragments": False,
                "socket_timeout": download.timeout_s,
                "updatetime": False,
            }
        )

    def fetch(self, video: str) -> Path:
        self._wanted, self._refused = video, None
        info = self.extract_info(address_of(self._download.url, video), download=True)
        files = [Path(part["filepath"]) for part in (info or {}).get("requested_downloads", []) if "filepath" in part]
        if self._refused is not None:
            raise RefusedError(self._refused)
        if len(files) != 1 or not files[0].is_file():
            raise RefusedError("the page has no video that can be fetched")
        if files[0].suffix.lower() not in SUFFIXES or not files[0].resolve().is_relative_to(self._partial.resolve()):
            raise RefusedError(f"a file {files[0].name!r}, expected a video")
        return files[0]

    def urlopen(self, req: Any) -> Any:
        """Every request of yt-dlp's goes through here."""
        self._pace.wait()
        return super().urlopen(req)

    def _choose(self, context: Mapping[str, Any]) -> list[Any]:
        found = choose(context["formats"], self._download.short_side)
        return [] if found is None else [found]

    def _check(self, info: Mapping[str, Any], *, incomplete: bool = False) -> str | None:
        """Why a video is not fetched; None: it is. yt-dlp would forget what an error raised here says."""
        if info.get("id") != self._wanted:
            self._refused = f"another video, {info.get('id')!r}"
        elif info.get("live_status") in LIVE or info.get("is_live"):
            self._refused = "a live stream"
        return self._refused

    def _watch(self, progress: Mapping[str, Any]) -> None:
        size = max(progress.get("total_bytes") or 0, progress.get("downloaded_bytes") or 0)
        if size > self._download.limit_mb << 20:
            raise RefusedError(f"larger than {self._download.limit_mb} MiB")


class _Silence:
    """Errors are raised, and end as a row; nothing needs to be printed."""

    def debug(self, message: str) -> None:
        pass

    info = warning = error = debug
