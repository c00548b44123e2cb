from pathlib import Path, PurePosixPath

import pytest

from hapvr.fetch.videos.found import find_videos
from hapvr.fetch.videos.pattern import Pattern, address_of, check_address, check_pattern


def find(folder: Path, pattern: str, *names: str) -> dict[str, str]:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return {video: str(path.relative_to(folder)) for video, path in find_videos(folder, Pattern(pattern)).items()}


def test_a_file_is_named_by_its_video_at_any_depth(tmp_path: Path) -> None:
    names = ["a.mp4", "deep/b.WEBM", "b.info.json", "c.mkv", "c.mp4", "c.mp4.part", "-d.e.flv"]
    assert find(tmp_path, "{id}.*", *names) == {"a": "a.mp4", "b": "deep/b.WEBM", "c": "c.mp4", "-d.e": "-d.e.flv"}


def test_a_folder_is_named_by_its_video(tmp_path: Path) -> None:
    names = ["a/video.mp4", "deep/b/video.webm", "a/audio.mp4", "video.mp4"]
    assert find(tmp_path, "{id}/video.*", *names) == {"a": "a/video.mp4", "b": "deep/b/video.webm"}


def test_layouts_of_vcdb_and_cc_web_video(tmp_path: Path) -> None:
    vcdb = ["core_dataset/the_last_samurai_fight/6f1c2.flv", "background_dataset/0/zYx-1.mp4"]
    assert set(find(tmp_path / "vcdb", "{id}.*", *vcdb)) == {"6f1c2", "zYx-1"}
    assert set(find(tmp_path / "core", "core_dataset/*/{id}.*", *vcdb)) == {"6f1c2"}
    assert set(find(tmp_path / "cc", "{id}.*", "Videos/1/1_1_Y.flv", "Videos/24/24_9_Y.wmv")) == {"1_1_Y", "24_9_Y"}


def test_text_of_a_pattern_is_no_expression(tmp_path: Path) -> None:
    assert find(tmp_path, "v+{id}_x*.*", "v+a_x1.mp4", "vva_x.mp4") == {"a": "v+a_x1.mp4"}


def test_what_is_not_whole_and_hidden_is_not_found(tmp_path: Path) -> None:
    assert find(tmp_path, "{id}.*", ".hapvr/partial/a/18-5.mp4", "b.mp4") == {"b": "b.mp4"}
    assert find_videos(tmp_path / "nowhere", Pattern("{id}.*")) == {}


def test_fetched_files_are_found_by_the_same_pattern() -> None:
    for text, expected in {"{id}.*": "a.webm", "{id}/video.*": "a/video.webm", "x*/{id}.*": "xfetched/a.webm"}.items():
        pattern = Pattern(text)
        assert pattern.new_file("a", ".webm") == PurePosixPath(expected)
        assert pattern.id_of(expected) == "a"


@pytest.mark.parametrize("pattern", ["", "*.mp4", "{id}.mp4", "{id}/{id}.*", "/{id}.*", "../{id}.*"])
def test_a_pattern_that_cannot_be_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"expected a path with \{id\} once that ends in \.\*"):
        check_pattern(pattern)


@pytest.mark.parametrize("url", ["file:///{id}", "https://{id}.org/", "https://a.org/x", "ftp://a.org/{id}"])
def test_an_address_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected an http or https address"):
        check_address(url)


def test_an_id_cannot_change_the_address() -> None:
    assert address_of("http://a.org/{id}.mp4", "../b?c") == "http://a.org/..%2Fb%3Fc.mp4"
