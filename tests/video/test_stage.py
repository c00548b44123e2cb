"""The stage as a whole: the same bytes always, whatever happens on the way."""

import os
import random
import resource
import signal
import subprocess
from pathlib import Path

import numpy as np
import psutil
import pytest

import hapvr.stages.frames
import hapvr.video
from hapvr.project import Project
from hapvr.stages.frames import frames
from hapvr.storage.frames import read_frames
from hapvr.video.kept import Kept
from tests.interrupts import hear_interrupts
from tests.video.corpus import make_clip
from tests.video.shards import (
    COMMAND,
    DATASET,
    failures,
    make_project,
    partial_files,
    results,
    run,
    wait_for_partial_files,
)

WHOLE = ["h264", "hevc", "vp9", "mpeg4", "flv"]


@pytest.fixture(scope="module")
def videos(clips) -> dict[str, Path | bytes]:
    """Some whole clips, one cut off, one that is text."""
    whole = {codec: make_clip(clips, codec) for codec in WHOLE}
    return {**whole, "cut": whole["flv"].read_bytes()[:60000], "text": b"no video\n" * 100}


@pytest.fixture(scope="module")
def undisturbed(videos, tmp_path_factory) -> dict[str, bytes]:
    project = make_project(tmp_path_factory.mktemp("undisturbed"), videos)
    frames(project, DATASET, 0)
    return results(project)


def test_frames_are_those_of_sample(videos, undisturbed, tmp_path):
    project = make_project(tmp_path, videos)
    frames(project, DATASET, 0)
    stored = {video.video_id: video for video in read_frames(project.frames_file(DATASET, 0))}
    assert set(stored) == set(WHOLE) | {"cut"}
    for codec in WHOLE:
        path, options = project.dataset_folder(DATASET) / "videos" / codec, project.params.frames
        expected = hapvr.video.sample(path, options.fps, options.size, resize=options.resize)
        assert list(stored[codec].indices) == list(expected.indices)
        assert list(stored[codec].timestamps) == list(expected.timestamps)
        assert stored[codec].decoder == expected.decoder
        assert np.abs(stored[codec].images().astype(int) - expected.images).mean() < 3
    assert results(project) == undisturbed
    assert not partial_files(project)


def test_number_of_workers_does_not_change_a_byte(videos, undisturbed, tmp_path):
    project = make_project(tmp_path, videos, workers=1)
    frames(project, DATASET, 0)
    assert results(project) == undisturbed


def test_every_failure_is_a_row(undisturbed, videos, tmp_path):
    project = make_project(tmp_path, videos)
    frames(project, DATASET, 0)
    rows = failures(project)
    assert set(rows) == {"cut", "text"}
    assert rows["cut"][1] >= 1
    assert rows["text"] == ("not a video file that can be opened: Invalid data found when processing input", 0)


def test_reject_keeps_nothing_of_a_damaged_video(videos, tmp_path):
    project = make_project(tmp_path, {"cut": videos["cut"]}, policy="reject")
    frames(project, DATASET, 0)
    assert failures(project)["cut"][1] == 0
    assert not list(read_frames(project.frames_file(DATASET, 0)))


def test_too_short_a_rest_is_not_salvaged(videos, tmp_path):
    project = make_project(tmp_path, {"cut": videos["cut"]}, minimum_s=60)
    frames(project, DATASET, 0)
    assert failures(project)["cut"][1] == 0
    assert not list(read_frames(project.frames_file(DATASET, 0)))


def test_an_interrupted_shard_goes_on_where_it_stopped(videos, undisturbed, tmp_path, monkeypatch):
    project = make_project(tmp_path, videos)
    save, count = Kept.save, iter(range(4))

    def interrupted(*arguments):
        if next(count) == 3:
            raise KeyboardInterrupt
        save(*arguments)

    monkeypatch.setattr(Kept, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        frames(project, DATASET, 0)
    assert len(partial_files(project)) == 3
    assert not results(project)

    saved = []
    monkeypatch.setattr(Kept, "save", lambda *a: (saved.append(a[1]), save(*a)))
    frames(project, DATASET, 0)
    assert len(saved) == len(videos) - 3
    assert results(project) == undisturbed


def interrupt(*_):
    raise KeyboardInterrupt


def test_partial_work_on_another_file_or_with_other_parameters_is_void(videos, tmp_path, monkeypatch):
    project = make_project(tmp_path, {"a": videos["h264"], "b": videos["flv"]})
    monkeypatch.setattr(hapvr.stages.frames, "write_frames", interrupt)
    with pytest.raises(KeyboardInterrupt):
        frames(project, DATASET, 0)
    monkeypatch.undo()
    (project.dataset_folder(DATASET) / "videos" / "a").write_bytes(videos["vp9"].read_bytes())
    frames(project, DATASET, 0)
    expected = make_project(tmp_path / "other", {"a": videos["vp9"], "b": videos["flv"]})
    frames(expected, DATASET, 0)
    assert results(project) == results(expected)


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_point_and_resumed_gives_the_same_bytes(videos, undisturbed, tmp_path, seed):
    project, chance = make_project(tmp_path, videos), random.Random(seed)
    for _ in range(2):
        process = subprocess.Popen(
            COMMAND, cwd=project.root, stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=hear_interrupts
        )
        wait_for_partial_files(project, process, chance.randint(0, len(videos)))
        how = chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
        if how == signal.SIGKILL:
            process.kill()  # its children have to notice by themselves
        else:
            os.killpg(process.pid, how)
        process.wait()
        assert set(results(project)) <= {*undisturbed, *(n for n in results(project) if n.endswith(".part"))}
        assert all(undisturbed.get(name, content) == content for name, content in results(project).items())
    assert run(project).returncode == 0
    assert results(project) == undisturbed
    assert not partial_files(project)


@pytest.mark.parametrize("limit", [8_000, 40_000])
def test_a_full_disk_leaves_nothing_half_written(videos, undisturbed, tmp_path, limit):
    project = make_project(tmp_path, videos)
    full = run(project, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert full.returncode != 0
    assert "hapvr: " in full.stderr
    assert not results(project)
    assert run(project).returncode == 0
    assert results(project) == undisturbed


def test_children_are_gone_when_the_stage_is_killed(videos, tmp_path):
    project = make_project(tmp_path, {f"v{n}": videos["mpeg4"] for n in range(200)})
    process = subprocess.Popen(COMMAND, cwd=project.root, stderr=subprocess.DEVNULL)
    children: list[psutil.Process] = []
    while len(children) < 3:  # the server of children, its resource tracker, a child
        assert process.poll() is None
        children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.wait()
    _, alive = psutil.wait_procs(children, timeout=20)
    assert not alive


def test_kept_videos_of_other_code_are_decoded_again(videos, undisturbed, tmp_path, monkeypatch):
    project = make_project(tmp_path, videos)
    monkeypatch.setattr(hapvr.stages.frames, "write_frames", interrupt)
    with pytest.raises(KeyboardInterrupt):
        frames(project, DATASET, 0)
    monkeypatch.undo()
    monkeypatch.setattr(hapvr.stages.frames, "stage_digest", lambda *_: "other code")
    saved, save = [], Kept.save
    monkeypatch.setattr(Kept, "save", lambda *a: (saved.append(a[1]), save(*a)))
    frames(project, DATASET, 0)
    assert len(saved) == len(videos)
    assert results(project) == undisturbed


@pytest.mark.parametrize(
    ("dataset", "shard", "message"),
    [
        ("mini_vcbd", 0, r"dataset 'mini_vcbd': not in datasets of params\.yaml; accepted: .*mini_vcdb"),
        (DATASET, 9, r"shard 9: not in shards of params\.yaml; accepted: 0"),
        ("mini_svd", 0, r"dataset\.json: no such file; make it with `dvc repro fetch@mini_svd`"),
    ],
)
def test_what_is_not_there_is_refused_before_anything_is_written(videos, tmp_path, dataset, shard, message):
    project = make_project(tmp_path, {"a": videos["flv"]})
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        frames(project, dataset, shard)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dataset_that_is_empty_gives_empty_files(tmp_path):
    project: Project = make_project(tmp_path, {})
    frames(project, DATASET, 0)
    assert results(project)["0.failures.csv"] == b"video,reason,seconds_salvaged\n"
    assert not list(read_frames(project.frames_file(DATASET, 0)))
