"""Many videos at the same time, with stand-ins for fetching and sleeping."""

import threading
from pathlib import Path
from typing import Any

import pytest

from hapvr.fetch.options import Direct
from hapvr.fetch.videos import together
from hapvr.fetch.videos.pace import Pace
from hapvr.fetch.videos.together import FetchingStoppedError, fetch_together
from tests.fetch.videos.pages import DOWNLOAD

SLOW_DOWN = RuntimeError("HTTP Error: too many requests")


def settings(**changes: Any) -> Direct:
    shared = {key: value for key, value in DOWNLOAD.items() if key not in ("short_side", "cookies")}
    return Direct(**{**shared, "by": "url", "url": "http://a.org/{id}", "limit_mb": 1, **changes})


class Server:
    """Answers for each video in turn; the last answer is given again and again."""

    def __init__(self, **answers: list[Exception | str]) -> None:
        self.answers, self.slept = answers, list[float]()

    def __call__(self, video: str) -> Path:
        answers = self.answers[video]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return Path(answer)

    def run(self, folder: Path, **changes: Any) -> dict[str, str]:
        ended = fetch_together(list(self.answers), self, settings(**changes), folder=folder, sleep=self.slept.append)
        return {one.video: one.reason or str(one.file) for one in ended}


def test_every_video_ends_as_a_file_or_with_a_reason(tmp_path: Path) -> None:
    server = Server(a=["a.mp4"], b=[RuntimeError("Private video")], c=[ConnectionError()], d=[ValueError("what")])
    assert server.run(tmp_path) == {"a": "a.mp4", "b": "private", "c": "network", "d": "other: what"}


def test_a_server_that_asks_for_a_pause_gets_one_and_the_video_is_asked_again(tmp_path: Path) -> None:
    server = Server(a=[SLOW_DOWN, "a.mp4"], b=["b.mp4"], c=[SLOW_DOWN, SLOW_DOWN, "c.mp4"])
    assert server.run(tmp_path, pauses_s=[1, 2]) == {"a": "a.mp4", "b": "b.mp4", "c": "c.mp4"}
    assert server.slept[0] == 1


def test_a_server_that_goes_on_asking_stops_everything_and_nothing_is_marked_as_gone(tmp_path: Path) -> None:
    server, ends = Server(**{video: [SLOW_DOWN] for video in "abcde"}), []
    ended = fetch_together("abcde", server, settings(pauses_s=[1, 2]), folder=tmp_path, sleep=server.slept.append)
    with pytest.raises(FetchingStoppedError, match=r"http://a\.org/\{id\}: the server refuses further requests.*Wait"):
        ends += list(ended)
    assert (ends, server.slept) == ([], [1, 2])


def test_one_video_that_is_always_refused_does_not_stop_the_others(tmp_path: Path) -> None:
    server = Server(a=[SLOW_DOWN], b=["b.mp4"], c=["c.mp4"])
    assert server.run(tmp_path, workers=1) == {"a": "network", "b": "b.mp4", "c": "c.mp4"}


def test_a_video_that_hangs_is_left_behind(tmp_path: Path) -> None:
    release = threading.Event()

    def fetch(video: str) -> Path:
        if video == "hangs":
            release.wait(20)
        return Path(f"{video}.mp4")

    ended = fetch_together(["hangs", "a", "b"], fetch, settings(wall_s=0.1, workers=2), folder=tmp_path)
    assert {one.video: one.reason for one in ended} == {"hangs": "network", "a": "", "b": ""}
    release.set()


def test_a_network_that_is_down_stops_everything(tmp_path: Path) -> None:
    server = Server(**{f"v{number}": [ConnectionError("no route")] for number in range(40)})
    with pytest.raises(FetchingStoppedError, match=r"20 videos in a row could not be reached.*no route"):
        server.run(tmp_path)


def test_a_full_disk_stops_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FetchingStoppedError, match=r"cannot be written to: .*No space"):
        Server(a=[OSError(28, "No space left on device")]).run(tmp_path)
    monkeypatch.setattr(together.shutil, "disk_usage", lambda _: together.shutil._ntuple_diskusage(9, 9, 9))
    with pytest.raises(FetchingStoppedError, match=r"0\.0 GB free, expected 0\.0 GB, room for 1 videos"):
        Server(a=["a.mp4"]).run(tmp_path)


def test_requests_keep_their_distance() -> None:
    now = [0.0]
    pace = Pace(4, 0, clock=lambda: now[0], sleep=lambda seconds: now.__setitem__(0, now[0] + seconds))
    times = [(pace.wait(), now[0])[1] for _ in range(4)]
    assert times == [0, 0.25, 0.5, 0.75]
    now[0] = 5
    pace.wait()
    assert now[0] == 5
