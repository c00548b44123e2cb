"""Fetching many videos at the same time: none can hold up the others, and a server that says stop is listened to."""

import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from hapvr.fetch.options import Download
from hapvr.fetch.videos.errors import DISK, THROTTLED, reason_of
from hapvr.fetch.videos.reasons import NETWORK

# So many videos in a row that cannot be reached are no property of the videos.
UNREACHABLE_IN_A_ROW = 20

Fetch = Callable[[str], Path]


class FetchingStoppedError(OSError):
    """Going on would be of no use; what was fetched is kept, and what was not is no row."""


@dataclass(frozen=True)
class Ended:
    """A video that was fetched, or will not be in this run. file: None if there is a reason."""

    video: str
    file: Path | None
    reason: str


def fetch_together(
    videos: Iterable[str],
    fetch: Fetch,
    download: Download,
    *,
    folder: Path,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Ended]:
    """Runs `fetch` for every video, `download.workers` at a time, and gives each as it ends.

    folder: where there has to be room. Raises FetchingStoppedError if the server asks for a pause more often than
    `download.pauses_s` has pauses and gives no video in between, if nothing can be reached, and if the disk is full.
    """
    waiting, running = deque(videos), _Running(fetch, download.wall_s)
    pauses, unreachable = _Pauses(download.pauses_s), 0
    while waiting or running.count:
        while waiting and running.count < download.workers and not pauses.asked:
            _check_room(folder, download, running.count + 1)
            running.start(waiting.popleft())
        if not running.count:
            if not pauses.left and (video := pauses.to_blame(waiting)) is not None:
                waiting.remove(video)
                pauses.over()
                yield Ended(video, None, NETWORK)
                continue
            sleep(pauses.next(download))
            continue
        video, outcome = running.next()
        reason = "" if isinstance(outcome, Path) else reason_of(outcome)
        unreachable = unreachable + 1 if reason == NETWORK else 0
        if reason == DISK or unreachable == UNREACHABLE_IN_A_ROW:
            raise FetchingStoppedError(_why(reason, folder, outcome))
        if reason == THROTTLED:
            pauses.ask(video)
            waiting.append(video)
            continue
        if isinstance(outcome, Path):
            pauses.over()
        yield Ended(video, outcome if isinstance(outcome, Path) else None, reason)


class _Running:
    """Threads, one per video. One that takes too long is left behind: nothing it does is looked at any more."""

    def __init__(self, fetch: Fetch, wall_s: float) -> None:
        self._fetch, self._wall_s = fetch, wall_s
        self._started: dict[str, float] = {}
        self._ended: SimpleQueue[tuple[str, Path | BaseException]] = SimpleQueue()

    @property
    def count(self) -> int:
        return len(self._started)

    def start(self, video: str) -> None:
        self._started[video] = time.monotonic()
        threading.Thread(target=self._run, args=(video,), daemon=True).start()

    def next(self) -> tuple[str, Path | BaseException]:
        """The next video that ends, and its file or error."""
        while True:
            oldest, since = next(iter(self._started.items()))
            left_s = since + self._wall_s - time.monotonic()
            try:
                video, outcome = self._ended.get(timeout=max(left_s, 0))
            except Empty:
                video, outcome = oldest, TimeoutError(f"not done after {self._wall_s:g} s")
            if self._started.pop(video, None) is not None:
                return video, outcome

    def _run(self, video: str) -> None:
        try:
            self._ended.put((video, self._fetch(video)))
        except BaseException as error:  # a page may make a reader raise anything; it ends as a row
            self._ended.put((video, error))


class _Pauses:
    """How often in a row the server asked for a pause."""

    def __init__(self, pauses_s: list[float]) -> None:
        self._pauses_s = pauses_s
        self._taken = self._fetched = 0
        self._first_asked: dict[str, int] = {}
        self.asked = False

    @property
    def left(self) -> bool:
        return self._taken < len(self._pauses_s)

    def ask(self, video: str) -> None:
        """The server answered the request for a video by asking for a pause."""
        self.asked = True
        self._first_asked.setdefault(video, self._fetched)

    def over(self) -> None:
        """The server gave a video."""
        self._taken, self._fetched = 0, self._fetched + 1

    def to_blame(self, waiting: Iterable[str]) -> str | None:
        """The one video left, if others were given after it was first refused: then it is not about the pace."""
        videos = list(waiting)
        alone = len(videos) == 1 and self._first_asked.get(videos[0], self._fetched) < self._fetched
        return videos[0] if alone else None

    def next(self, download: Download) -> float:
        """Seconds to wait now. Raises FetchingStoppedError after the last pause."""
        if not self.left:
            raise FetchingStoppedError(
                f"{download.url}: the server refuses further requests for now (429, or a sign-in that confirms that "
                f"this is no bot), also after pauses of {', '.join(f'{s:g} s' for s in self._pauses_s)}. Nothing was "
                "recorded as missing because of it, and what was fetched is kept. Wait some hours and run the stage "
                "again; lower `requests_per_s` and `workers`, or name a file of cookies, under `download`"
            )
        self.asked, self._taken = False, self._taken + 1
        return self._pauses_s[self._taken - 1]


def _check_room(folder: Path, download: Download, videos: int) -> None:
    free, needed = shutil.disk_usage(folder).free, videos * (download.limit_mb << 20)
    if free < needed:
        raise FetchingStoppedError(
            f"{folder}: {free / 1e9:.1f} GB free, expected {needed / 1e9:.1f} GB, room for {videos} videos of "
            "`download.limit_mb`; make room and run the stage again, or set `keep: false`"
        )


def _why(reason: str, folder: Path, error: Path | BaseException) -> str:
    if reason == DISK:
        return f"{folder}: cannot be written to: {error}; make room, or allow it, and run the stage again"
    return (
        f"{UNREACHABLE_IN_A_ROW} videos in a row could not be reached, the last one because: {error}. Look at the "
        "network and at `download.url`, then run the stage again; what was fetched is kept"
    )
