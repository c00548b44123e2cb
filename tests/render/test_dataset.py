from hashlib import sha256

import decord
import numpy as np
import pytest
from PIL import Image

from hapvr.datasets.dataset import read_dataset
from hapvr.render.dataset import plan, render_dataset, render_video
from hapvr.render.incident import paint

NAMES = ["mini_fivr", "mini_evve", "mini_svd", "mini_vcdb", "mini_dev"]


def _hashes(folder):
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _incidents(planned):
    return {clip.recording.incident for video in planned.videos.values() for clip in video.clips}


@pytest.fixture(scope="module")
def svd(small, tmp_path_factory):
    folder = tmp_path_factory.mktemp("svd")
    render_dataset(folder, "mini_svd", small("mini_svd"))
    return folder


def test_the_same_seed_gives_the_same_bytes(svd, small, tmp_path):
    render_dataset(tmp_path, "mini_svd", small("mini_svd"))
    assert _hashes(tmp_path) == _hashes(svd)


def test_another_seed_gives_another_video_everywhere(svd, small, tmp_path):
    planned = plan("mini_svd", small("mini_svd", seed=999))
    video_id, path = next(iter(planned.dataset.videos.items()))
    render_video(tmp_path / path, planned.videos[video_id], small("mini_svd"))
    assert (tmp_path / path).read_bytes() != (svd / path).read_bytes()


def test_a_video_rendered_alone_has_the_bytes_it_has_among_others(svd, small, tmp_path):
    planned = plan("mini_svd", small("mini_svd"))
    paint.cache_clear()
    for video_id, path in list(planned.dataset.videos.items())[::-4]:
        render_video(tmp_path / path, planned.videos[video_id], small("mini_svd"))
        assert (tmp_path / path).read_bytes() == (svd / path).read_bytes()


def test_more_distractors_leave_the_other_videos_as_they_are(small):
    few = small("mini_fivr")
    many = few.model_copy(update={"contents": few.contents.model_copy(update={"distractors": 9})})
    before, after = plan("mini_fivr", few).videos, plan("mini_fivr", many).videos
    assert {video_id: after[video_id] for video_id in before} == before


def test_decord_opens_every_video_at_its_planned_length(svd, small):
    planned = plan("mini_svd", small("mini_svd"))
    fps = small("mini_svd").picture.fps
    for video_id, path in read_dataset(svd / "dataset.json").videos.items():
        reader = decord.VideoReader(str(svd / path))
        assert reader.get_avg_fps() == fps
        video = planned.videos[video_id]
        # Each part, of clips and of what the channel adds, is rounded to whole frames.
        added = video.dressing
        parts_s = [
            *added.black_s,
            added.intro_s,
            added.outro_s,
            added.freeze_s,
            *(clip.seconds for clip in video.clips),
        ]
        assert sum(parts_s) == pytest.approx(video.seconds)
        assert len(reader) == sum(round(part_s * fps) for part_s in parts_s)
        assert reader[0].shape == (72, 96, 3)


def test_frames_are_neither_blank_nor_still(svd):
    for path in read_dataset(svd / "dataset.json").videos.values():
        frames = decord.VideoReader(str(svd / path))[:].asnumpy().astype(float)
        middle = frames[len(frames) // 2]
        assert middle.std() > 10
        assert max(np.abs(frame - middle).mean() for frame in frames) > 1


def test_the_stored_ground_truth_is_the_planned_one(svd, small):
    assert read_dataset(svd / "dataset.json") == plan("mini_svd", small("mini_svd")).dataset


def test_only_finished_videos_are_in_the_folder_after_a_failure(small, tmp_path, monkeypatch):
    import hapvr.render.dataset as module

    def broken(video, **_):
        yield Image.new("RGB", (96, 72))
        raise RuntimeError("killed")

    monkeypatch.setattr(module, "draw_video", broken)
    planned = plan("mini_svd", small("mini_svd"))
    video = next(iter(planned.videos.values()))
    with pytest.raises(RuntimeError, match="killed"):
        render_video(tmp_path / "videos" / "a.mp4", video, small("mini_svd"))
    assert _hashes(tmp_path) == {}


def test_ground_truth_is_written_only_when_every_video_is(small, tmp_path):
    (tmp_path / "videos").write_text("in the way")
    with pytest.raises(OSError, match="videos"):
        render_dataset(tmp_path, "mini_svd", small("mini_svd"))
    assert list(_hashes(tmp_path)) == ["videos"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_in_the_ground_truth_is_a_video(mini, name):
    dataset = plan(name, mini[name]).dataset
    named = {*dataset.training, *dataset.queries, *dataset.database}
    named |= {video for labels in dataset.relevance.values() for videos in labels.values() for video in videos}
    named |= {video for videos in (dataset.candidates or {}).values() for video in videos}
    assert named == set(dataset.videos)
    assert set(dataset.relevance) == set(dataset.queries)
    assert len(dataset.queries) == len(set(dataset.queries))


def test_no_two_datasets_show_one_incident(mini):
    shown = [_incidents(plan(name, mini[name])) for name in NAMES]
    assert all(shown)
    assert sum(map(len, shown)) == len(set.union(*shown))


def test_equal_seeds_do_not_make_datasets_share_incidents(mini):
    same = {name: mini[name].model_copy(update={"seed": 1}) for name in NAMES}
    shown = [_incidents(plan(name, render)) for name, render in same.items()]
    assert sum(map(len, shown)) == len(set.union(*shown))
    pictures = {paint(min(incidents, key=lambda incident: incident.name)).background.tobytes() for incidents in shown}
    assert len(pictures) == len(NAMES)
