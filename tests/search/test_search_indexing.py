import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from hapvr.search.files.videos import list_videos
from hapvr.search.index.indexing import Interrupted, update_index
from hapvr.search.index.store import Index
from hapvr.video import DecodeError
from tests.search.rendered_clips import scene, write


class Counting:
    """A describer that notes what it decodes, and can be stopped at a file."""

    def __init__(self, describe, stop_at=None):
        self.describe, self.stop_at, self.decoded = describe, stop_at, []
        self.made_with = describe.made_with

    def __call__(self, path):
        if path.name == self.stop_at:
            raise KeyboardInterrupt
        self.decoded.append(path.name)
        return self.describe(path)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "videos"
    write(folder / "a.mp4", scene(1, 2))
    write(folder / "b.mp4", scene(2, 2))
    return folder


@pytest.fixture
def refresh(folder, describe):
    """Updates the folder's index; gives (decoded files, flaws, features)."""

    def refresh(stop_at=None):
        counting = Counting(describe, stop_at)
        index = Index(folder.parent / "index.h5", describe.made_with, rebuild=False)
        flaws = update_index(index, list_videos(folder), counting)
        with index.features() as features:
            return counting.decoded, flaws, dict(features)

    return refresh


def test_only_an_added_file_is_decoded(folder, refresh):
    decoded, _, before = refresh()
    assert decoded == ["a.mp4", "b.mp4"]
    write(folder / "deep" / "c.mp4", scene(3, 2))
    decoded, _, after = refresh()
    assert decoded == ["c.mp4"]
    assert list(after) == ["a.mp4", "b.mp4", "deep/c.mp4"]
    for path in before:
        np.testing.assert_array_equal(after[path], before[path])


def test_features_are_those_of_the_file(folder, refresh, describe):
    _, _, features = refresh()
    np.testing.assert_array_equal(features["b.mp4"], describe(folder / "b.mp4").features)


def test_unchanged_folder_leaves_the_index_as_it_is(folder, refresh):
    refresh()
    before = (folder.parent / "index.h5").read_bytes()
    decoded, _, _ = refresh()
    assert decoded == []
    assert (folder.parent / "index.h5").read_bytes() == before


def test_changed_content_is_decoded_anew(folder, refresh, describe):
    refresh()
    write(folder / "a.mp4", scene(9, 2))
    decoded, _, features = refresh()
    assert decoded == ["a.mp4"]
    np.testing.assert_array_equal(features["a.mp4"], describe(folder / "a.mp4").features)


def test_deleted_files_leave_the_index(folder, refresh):
    refresh()
    (folder / "a.mp4").unlink()
    decoded, _, features = refresh()
    assert decoded == []
    assert list(features) == ["b.mp4"]


def test_renamed_copied_and_touched_files_are_not_decoded_again(folder, refresh):
    _, _, before = refresh()
    shutil.copy(folder / "a.mp4", folder / "copy.mp4")
    (folder / "b.mp4").rename(folder / "renamed.mp4")
    os.utime(folder / "a.mp4", (0, 0))
    decoded, _, after = refresh()
    assert decoded == []
    assert sorted(after) == ["a.mp4", "copy.mp4", "renamed.mp4"]
    np.testing.assert_array_equal(after["renamed.mp4"], before["b.mp4"])


def test_folder_whose_files_are_all_renamed_keeps_its_features(folder, refresh):
    _, _, before = refresh()
    folder.rename(folder.parent / "old")
    for old, new in (("a.mp4", "first.mp4"), ("b.mp4", "deep/second.mp4")):
        (folder / new).parent.mkdir(parents=True, exist_ok=True)
        (folder.parent / "old" / old).rename(folder / new)
    write(folder / "new.mp4", scene(3, 2))
    decoded, _, after = refresh()
    assert decoded == ["new.mp4"]
    assert sorted(after) == ["deep/second.mp4", "first.mp4", "new.mp4"]
    np.testing.assert_array_equal(after["first.mp4"], before["a.mp4"])


def test_folder_that_cannot_be_listed_is_reported_and_keeps_its_features(folder, refresh, monkeypatch):
    write(folder / "closed" / "c.mp4", scene(3, 2))
    refresh()
    scandir = os.scandir

    def refuse(path):
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    decoded, flaws, _ = refresh()
    assert flaws.unreadable == {"closed/": "Permission denied"}
    monkeypatch.undo()
    decoded, flaws, after = refresh()
    assert decoded == []
    assert flaws.unreadable == {}
    assert "closed/c.mp4" in after


def test_undamaged_part_of_a_damaged_video_is_searched(folder, refresh, describe):
    long = write(folder / "a.mp4", scene(1, 12), keyframe_every=8)
    content = bytearray(long.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 400] = bytes(400)
    long.write_bytes(content)
    for new in ({"a.mp4"}, set()):
        _, flaws, features = refresh()
        assert list(flaws.damaged) == ["a.mp4"]
        assert flaws.damaged["a.mp4"].endswith(" s of it can be used")
        assert flaws.new == new
    described = describe(folder / "a.mp4")
    assert 16 <= len(features["a.mp4"]) < 48
    np.testing.assert_array_equal(features["a.mp4"], described.features)
    index = Index(folder.parent / "index.h5", describe.made_with, rebuild=False)
    with index.features() as kept:
        # Float32 on disk. What is missing is missing in the times, too.
        np.testing.assert_allclose(kept.times("a.mp4", 4), described.frames.timestamps, atol=1e-5)
        assert kept.times("a.mp4", 4)[-1] - kept.times("a.mp4", 4)[0] > (len(features["a.mp4"]) - 1) / 4 + 0.5
        np.testing.assert_array_equal(kept.times("b.mp4", 4), np.arange(8) / 4)


def test_exchanged_files_exchange_their_features(folder, refresh):
    _, _, before = refresh()
    (folder / "a.mp4").rename(folder / "x")
    (folder / "b.mp4").rename(folder / "a.mp4")
    (folder / "x").rename(folder / "b.mp4")
    _, _, after = refresh()
    np.testing.assert_array_equal(after["a.mp4"], before["b.mp4"])
    np.testing.assert_array_equal(after["b.mp4"], before["a.mp4"])


def test_interrupted_indexing_keeps_what_was_done(folder, refresh):
    with pytest.raises(Interrupted, match="1 of 2 videos done, run again to go on"):
        refresh(stop_at="b.mp4")
    decoded, _, _ = refresh()
    assert decoded == ["b.mp4"]


def test_damaged_files_are_reported_each_time_and_decoded_once(folder, refresh):
    whole = (folder / "a.mp4").read_bytes()
    (folder / "truncated.mp4").write_bytes(whole[: len(whole) // 2])
    (folder / "random.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    damaged = ["random.mp4", "truncated.mp4"]
    for decoded_files, new in ((["a.mp4", "b.mp4", *damaged], damaged), ([], [])):
        decoded, flaws, features = refresh()
        assert decoded == decoded_files
        assert list(features) == ["a.mp4", "b.mp4"]
        assert list(flaws.unreadable) == damaged
        assert sorted(flaws.new) == new
        assert all(reason and str(folder) not in reason for reason in flaws.unreadable.values())


def test_damaged_file_that_is_repaired_is_read(folder, refresh):
    whole = (folder / "a.mp4").read_bytes()
    (folder / "a.mp4").write_bytes(whole[:3000])
    assert list(refresh()[1].unreadable) == ["a.mp4"]
    (folder / "a.mp4").write_bytes(whole)
    _, flaws, features = refresh()
    assert flaws.unreadable == {}
    assert "a.mp4" in features


def test_pipes_and_broken_links_are_reported_not_opened(folder, refresh):
    os.mkfifo(folder / "pipe.mp4")
    (folder / "link.mp4").symlink_to(folder / "nothing")
    _, flaws, features = refresh()
    assert flaws.unreadable == {"link.mp4": "not a regular file", "pipe.mp4": "not a regular file"}
    assert list(features) == ["a.mp4", "b.mp4"]


def test_index_of_another_folder_is_not_emptied(tmp_path, folder, refresh, describe):
    refresh()
    other = tmp_path / "other"
    write(other / "z.mp4", scene(4, 2))
    index = Index(tmp_path / "index.h5", describe.made_with, rebuild=False)
    with pytest.raises(ValueError, match=r"index.h5: holds other videos \(a.mp4, …\) and none of this folder"):
        update_index(index, list_videos(other), describe)
    assert list(index.entries()) == ["a.mp4", "b.mp4"]


def test_query_that_cannot_be_read_is_an_error(tmp_path, describe):
    (tmp_path / "q.mp4").write_bytes(b"nothing")
    with pytest.raises(DecodeError, match=r"q\.mp4: "):
        describe(tmp_path / "q.mp4")
