"""Stage `videos`: the videos of one shard of a published dataset, found in the user's folder or fetched into it."""

from pathlib import Path

from hapvr.datasets.dataset import read_dataset
from hapvr.fetch.options import Upstream, YtDlp
from hapvr.fetch.videos.drop import still_stored
from hapvr.fetch.videos.found import find_videos
from hapvr.fetch.videos.links import link_videos
from hapvr.fetch.videos.memory import DELETED, FETCHED, Memory, still_asked
from hapvr.fetch.videos.pattern import Pattern
from hapvr.fetch.videos.reasons import ABSENT
from hapvr.project import Project, check_name, need
from hapvr.storage.shards import shard_of
from hapvr.storage.video_records import VideoRecord, write_records


def videos(project: Project, dataset: str, shard: int) -> None:
    """Writes `data/{dataset}/videos/{shard}.csv`, a row per video: its bytes, or why it is missing; links the videos.

    Fetches missing ones if `download` is set. DVC tracks the record alone: it would copy the videos, terabytes, into
    its cache. Raises FetchingStoppedError where going on would be of no use; what was fetched until then is kept.
    """
    params = project.params
    check_name("dataset", dataset, params.fetched, where="the published datasets that come as videos")
    check_name("shard", shard, params.shards, where="shards")
    upstream = params.fetch[dataset]
    assert isinstance(upstream, Upstream)
    names = read_dataset(need(project.dataset_file(dataset), f"fetch@{dataset}")).videos
    of_shard = shard_of(names, shard, len(params.shards))
    folder, pattern = project.videos_folder(upstream), Pattern(upstream.pattern)
    memory = Memory(folder, f"{dataset}-{shard}")

    found = find_videos(folder, pattern)
    stored = still_stored([project.frames_file(dataset, shard)], memory)
    missing = [video for video in of_shard if video not in found and video not in stored]
    if asked := still_asked(missing, upstream, memory):
        # Imported here: yt-dlp takes a while, and a shard that is all there needs none of it.
        from hapvr.fetch.videos.missing import fetch_missing

        title = f"videos {dataset} {shard}"
        fetch_missing(asked, folder, upstream, memory=memory, cookies=_cookies(project, upstream), title=title)
        found = find_videos(folder, pattern)
    link_videos(of_shard, names, found, project.dataset_folder(dataset))
    records = [_record(video, found.get(video), memory, stored) for video in of_shard]
    write_records(project.videos_file(dataset, shard), records)


def _record(video: str, file: Path | None, memory: Memory, stored: set[str]) -> VideoRecord:
    last = memory.get(video)
    if file is not None:
        return VideoRecord(video, file.stat().st_size, "")
    if last is None or (last.what in (FETCHED, DELETED) and video not in stored):
        return VideoRecord(video, None, ABSENT)
    return VideoRecord(video, last.bytes, "") if video in stored else VideoRecord(video, None, last.what)


def _cookies(project: Project, upstream: Upstream) -> str | None:
    """Content of the user's file of cookies, if one is named."""
    if not isinstance(upstream.download, YtDlp) or upstream.download.cookies is None:
        return None
    file = project.user_path(upstream.download.cookies)
    if not file.is_file():
        raise FileNotFoundError(f"{file}: no such file; `cookies` under `download` names it, or is null")
    return file.read_text(encoding="utf-8")
