import os

import pytest

from hapvr.search.files.videos import list_videos, printable


def test_videos_are_found_at_any_depth_in_order(tmp_path):
    for name in ("b.MP4", "a/z.mkv", "a/b/c.webm", "a/text.txt", ".hidden.mp4", ".git/x.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert list(list_videos(tmp_path)) == ["a/b/c.webm", "a/z.mkv", "b.MP4"]


def test_linked_folders_are_not_entered(tmp_path):
    (tmp_path / "a.mp4").touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    assert list(list_videos(tmp_path)) == ["a.mp4"]


def test_folder_without_videos_is_an_error_that_names_it(tmp_path):
    (tmp_path / "a.txt").touch()
    with pytest.raises(ValueError, match=f"{tmp_path}: no video in it; expected files that end in .mp4, .mkv"):
        list_videos(tmp_path)


def test_missing_folder_is_an_error_that_names_it(tmp_path):
    with pytest.raises(NotADirectoryError, match="nowhere: no such folder; name a folder of videos"):
        list_videos(tmp_path / "nowhere")


def test_names_cannot_control_the_terminal():
    assert printable("a\x1b[2Jb\n.mp4") == "a\\x1b[2Jb\\n.mp4"
    assert printable(os.fsdecode(b"\xff.mp4")) == "\\udcff.mp4"
    assert printable("Übung µ 東京.mp4") == "Übung µ 東京.mp4"
