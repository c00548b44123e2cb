import fcntl
from pathlib import Path

import h5py
import numpy as np
import pytest

from hapvr.search.index.store import Entry, Index

MADE_WITH = {"backbone": "efficientnet_lite0", "whitening": "ab12", "fps": 1.0, "size": 160}
ENTRY = Entry(size=10, mtime_ns=20, sha256="cd")
FEATURES = np.arange(24, dtype=np.float32).reshape(2, 3, 4)


def contents(index: Index) -> dict[str, np.ndarray]:
    with index.features() as features:
        return dict(features)


@pytest.fixture
def index(tmp_path) -> Index:
    return Index(tmp_path / "index.h5", MADE_WITH, rebuild=False)


@pytest.mark.parametrize("path", ["a.mp4", "a/b c/d.mp4", "100%/../x.mp4", "Ü/東.mp4", "bad \udcff byte.mp4"])
def test_any_path_is_given_back(index, path):
    index.add(path, ENTRY, FEATURES)
    assert index.entries() == {path: ENTRY}
    np.testing.assert_array_equal(contents(index)[path], FEATURES)


def test_videos_stay_when_the_index_is_opened_again(index):
    index.add("a.mp4", ENTRY, FEATURES)
    assert Index(index.path, MADE_WITH, rebuild=False).entries() == {"a.mp4": ENTRY}


def test_unreadable_videos_have_a_reason_and_no_features(index):
    index.add("a.mp4", Entry(1, 2, "ef", reason="damaged"), None)
    assert index.entries()["a.mp4"].reason == "damaged"
    assert contents(index) == {}


def test_same_content_is_copied(index):
    index.add("a.mp4", ENTRY, FEATURES)
    renamed = Entry(size=10, mtime_ns=99, sha256="cd")
    index.add_same("b.mp4", renamed, "a.mp4")
    assert index.entries() == {"a.mp4": ENTRY, "b.mp4": renamed}
    np.testing.assert_array_equal(contents(index)["b.mp4"], FEATURES)


def test_space_of_removed_videos_is_used_again(index):
    large = np.random.default_rng(0).random((200, 9, 64))
    index.add("a.mp4", ENTRY, large)
    once = index.path.stat().st_size
    for number in range(5):
        index.remove(["a.mp4"])
        index.add("a.mp4", Entry(number, 0, str(number)), large)
    assert index.path.stat().st_size < 1.5 * once


def test_index_made_otherwise_is_refused_and_says_what_differs(index):
    index.add("a.mp4", ENTRY, FEATURES)
    with pytest.raises(ValueError, match=r"index.h5: made with size 160, now 224; add --rebuild, or choose another"):
        Index(index.path, {**MADE_WITH, "size": 224}, rebuild=False)
    assert index.entries() == {"a.mp4": ENTRY}


def test_rebuilding_empties_the_index(index):
    index.add("a.mp4", ENTRY, FEATURES)
    assert Index(index.path, {**MADE_WITH, "size": 224}, rebuild=True).entries() == {}


def test_index_that_was_cut_short_is_rebuilt_when_asked_for(index):
    index.add("a.mp4", ENTRY, np.zeros((200, 9, 64)))
    content = index.path.read_bytes()
    index.path.write_bytes(content[: len(content) // 2])
    with pytest.raises(OSError, match=r"index.h5: not a sound index; add --rebuild, or choose another --index$"):
        Index(index.path, MADE_WITH, rebuild=False)
    assert Index(index.path, MADE_WITH, rebuild=True).entries() == {}


def test_place_that_may_not_be_written_is_said_without_the_library_s_own_words():
    with pytest.raises(
        OSError, match=r"^/proc: no index can be written there \(.*\); choose another --index$"
    ) as error:
        Index(Path("/proc/index.h5"), MADE_WITH, rebuild=False)
    assert "errno" not in str(error.value)
    assert "H5" not in str(error.value)


def test_times_of_a_damaged_video_follow_it_to_another_name(index):
    index.add("a.mp4", Entry(1, 2, "ef", damage="a hole"), FEATURES, np.array([0, 7.5]))
    index.add_same("b.mp4", Entry(1, 2, "ef", damage="a hole"), "a.mp4")
    index.remove(["a.mp4"])
    with index.features() as features:
        assert features.times("b.mp4", 1).tolist() == [0, 7.5]


@pytest.mark.parametrize("rebuild", [False, True])
def test_other_files_are_never_overwritten(tmp_path, rebuild):
    text, other = tmp_path / "text.h5", tmp_path / "other.h5"
    text.write_text("my notes")
    with h5py.File(other, "w") as file:
        file["mine"] = 1
    with pytest.raises(OSError, match=r"text.h5: not a sound index; delete it, or choose another --index$"):
        Index(text, MADE_WITH, rebuild=rebuild)
    with pytest.raises(ValueError, match=r"other.h5: no index of videos, but another HDF5 file"):
        Index(other, MADE_WITH, rebuild=rebuild)
    assert text.read_text() == "my notes"


def test_index_in_use_by_another_search_is_an_error(index):
    with index.path.open("rb") as other:
        # HDF5 locks files so; within one process it would share them.
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="another search is at work on this index"):
            index.entries()
