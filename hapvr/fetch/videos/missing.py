"""Fetching what is missing of a folder of videos, and remembering what is not to be had."""

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tqdm import tqdm

from hapvr.fetch.options import Direct, Upstream, YtDlp
from hapvr.fetch.videos.client import ByYtDlp
from hapvr.fetch.videos.direct import ByUrl
from hapvr.fetch.videos.found import find_videos
from hapvr.fetch.videos.memory import FETCHED, Memory, only_one, still_asked
from hapvr.fetch.videos.pattern import Pattern
from hapvr.fetch.videos.reasons import NETWORK, kind_of
from hapvr.fetch.videos.together import Ended, Fetch, fetch_together


def fetch_missing(
    videos: Iterable[str], folder: Path, upstream: Upstream, *, memory: Memory, cookies: str | None, title: str
) -> None:
    """Fetches videos into the folder; each that ends as none is an event with its reason in `memory`.

    Raises FetchingStoppedError; what was fetched until then is kept.
    """
    pattern, ends = Pattern(upstream.pattern), Counter[str]()
    if upstream.download is None:
        return
    with only_one(folder) as partial:
        # Another process may have fetched some, or learnt that they are gone, while this one waited for it.
        memory.refresh()
        found = find_videos(folder, pattern)
        asked = still_asked([video for video in videos if video not in found], upstream, memory)
        fetch = _fetcher(upstream.download, partial, cookies)
        progress = tqdm(total=len(asked), desc=title, unit="video")
        for ended in fetch_together(asked, fetch, upstream.download, folder=folder):
            _settle(ended, folder, pattern, memory)
            if ended.reason != NETWORK:
                shutil.rmtree(partial / ended.video, ignore_errors=True)
            ends[kind_of(ended.reason) or FETCHED] += 1
            progress.set_postfix_str(", ".join(f"{count} {end}" for end, count in sorted(ends.items())), refresh=False)
            progress.update()
        progress.close()


def _fetcher(download: YtDlp | Direct, partial: Path, cookies: str | None) -> Fetch:
    if isinstance(download, YtDlp):
        return ByYtDlp(download, partial, cookies=cookies)
    return ByUrl(download, partial)


def _settle(ended: Ended, folder: Path, pattern: Pattern, memory: Memory) -> None:
    """A whole file gets its final name, below the folder; a reason is remembered."""
    if ended.file is None:
        memory.add(ended.video, ended.reason)
        return
    name = pattern.new_file(ended.video, ended.file.suffix.lower())
    size = ended.file.stat().st_size
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    if (folder / name).exists():
        return  # The user has put it there in the meantime.
    os.replace(ended.file, folder / name)
    # Only now: what is not remembered as fetched counts as the user's own, and is never deleted.
    memory.add(ended.video, FETCHED, name.as_posix(), size)
