from pathlib import Path

from hapvr.fetch.videos.drop import delete_fetched
from hapvr.fetch.videos.memory import DELETED, FETCHED, Event, Memory


def test_datasets_that_share_a_folder_know_the_same_and_the_last_event_counts(tmp_path: Path) -> None:
    small, large = Memory(tmp_path, "fivr_5k-0"), Memory(tmp_path, "fivr_200k-3")
    small.add("a", "network")
    large.add("a", "other: a, \"quoted\" 'reason'")
    small.add("b", FETCHED, "b.mp4", 12)
    assert small.get("a") == Event("network", "", 0)
    small.refresh()
    assert small.get("a") == Event("other: a, \"quoted\" 'reason'", "", 0)
    assert Memory(tmp_path, "evve-0").get("b") == Event(FETCHED, "b.mp4", 12)


def test_a_line_that_a_killed_process_left_costs_that_line_alone(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "svd-0")
    memory.add("a", "gone")
    with (tmp_path / ".hapvr" / "svd-0.csv").open("a") as file:
        file.write("2026-01-01,b,fet")
    memory.add("c", "private")
    read = Memory(tmp_path, "svd-0")
    assert [read.get(video) and read.get(video).what for video in "abc"] == ["gone", None, "private"]


def test_only_files_that_were_fetched_are_deleted(tmp_path: Path) -> None:
    memory = Memory(tmp_path, "svd-0")
    for video in ("ours", "replaced", "mine"):
        (tmp_path / f"{video}.mp4").write_bytes(b"12345")
    (tmp_path / "linked.mp4").symlink_to(tmp_path / "mine.mp4")
    for video in ("ours", "replaced", "linked", "absent"):
        memory.add(video, FETCHED, f"{video}.mp4", 5)
    memory.add("outside", FETCHED, "../outside.mp4", 5)
    (tmp_path / "replaced.mp4").write_bytes(b"another")
    videos = ["ours", "replaced", "mine", "linked", "absent", "outside"]
    assert delete_fetched(videos, tmp_path, memory) == 5
    assert sorted(path.name for path in tmp_path.glob("*.mp4")) == ["linked.mp4", "mine.mp4", "replaced.mp4"]
    assert Memory(tmp_path, "svd-0").get("ours") == Event(DELETED, "ours.mp4", 5)
    assert delete_fetched(videos, tmp_path, memory) == 0
