"""Edits of clips are what they are said to be, and the check ranks them as it says."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import real_clips
from clip_edits import EDITS, Clip, Plan, plan_edits
from first_seconds import FPS, write_first_seconds
from footage import Cut, Footage, make_edits, take_clips
from PIL import Image

from hapvr.datasets.dataset import Dataset
from hapvr.project import Project
from hapvr.render.encode import write_h264
from hapvr.video import DecodeError, sample
from hapvr.video.options import FrameLimits
from tests.search.rendered_clips import HEIGHT, WIDTH, scene
from tests.search.searchable import searchable_project

LIMITS = FrameLimits(wall_s=60, memory_gb=2, side=4096, duration_s=3600, frames=250_000, missing_s=1)
CUT = Cut(seconds=60, wall_s=60, limits=LIMITS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three clips of clearly different scenes, one of them of another shape, and one that is cut off."""
    folder = tmp_path_factory.mktemp("clips")
    write(folder / "a.mp4", scene(1, 8))
    write(folder / "b.mp4", stripes(24)[:, :, 24:168])
    write(folder / "deeper" / "c.mp4", clouds(20))
    whole = (folder / "a.mp4").read_bytes()
    (folder / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    return folder


def write(path: Path, frames: np.ndarray) -> None:
    """The same frames give the same bytes, on which it depends what is drawn."""
    write_h264(path, map(Image.fromarray, frames), fps=4, crf=20)


def stripes(frames: int) -> np.ndarray:
    """Red stripes that lean and move over green, [T, H, W, 3]."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    red = [(rows + 2 * columns + 6 * number) // 40 % 2 for number in range(frames)]
    return np.stack([np.stack([230 * on, 160 - 90 * on, 20 + 20 * on], -1) for on in red]).astype(np.uint8)


def clouds(frames: int) -> np.ndarray:
    """Grey spots of two sizes that drift, [T, H, W, 3]."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    grey = [
        128 + 80 * np.sin((columns + 3 * number) / 25) * np.sin(rows / 18) + 40 * np.sin(rows * columns / 900)
        for number in range(frames)
    ]
    return np.repeat(np.stack(grey)[..., None], 3, -1).astype(np.uint8)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def clips(folder: Path, work: Path) -> list[Clip]:
    return take_clips(folder, work, CUT)[0]


@pytest.fixture(scope="module")
def footage(clips: list[Clip], work: Path) -> Footage:
    plans = plan_edits(clips, seed=0)
    return Footage(clips, plans, {clip.id: clip.path for clip in clips} | make_edits(plans, work))


def pictures(clip: Clip) -> np.ndarray:
    """[T, H, W, 3], of values that may be subtracted."""
    return np.stack([frame.to_ndarray(format="rgb24") for frame in clip.read()]).astype(np.float32)


def edited(footage: Footage, plan: Plan) -> np.ndarray:
    return pictures(Clip.open(plan.id, footage.files[plan.id]))


def of_edit(footage: Footage, edit: str) -> list[Plan]:
    return [plan for plan in footage.plans if plan.edit == edit]


def difference(pictures: np.ndarray, others: np.ndarray) -> float:
    return float(np.abs(pictures - others).mean())


def test_clips_are_cut_to_the_seconds_asked_for(folder: Path, tmp_path: Path) -> None:
    clips, _ = take_clips(folder, tmp_path, replace(CUT, seconds=5))
    assert [clip.frames for clip in clips] == [5 * FPS] * 3
    assert (clips[0].width, clips[0].height) == (WIDTH, HEIGHT)


def test_a_corrupted_clip_is_listed_and_the_others_are_taken(clips: list[Clip], folder: Path, work: Path) -> None:
    again, left_out = take_clips(folder, work, CUT)
    assert again == clips
    assert [clip.id[0] for clip in clips] == ["a", "b", "c"]
    assert list(left_out) == ["cut.mp4"]
    assert str(folder) not in left_out["cut.mp4"]


def test_short_clips_and_second_copies_are_listed(tmp_path: Path) -> None:
    write(tmp_path / "clips" / "a.mp4", scene(1, 5))
    (tmp_path / "clips" / "b.mp4").write_bytes((tmp_path / "clips" / "a.mp4").read_bytes())
    write(tmp_path / "clips" / "short.mp4", scene(2, 3))
    _, left_out = take_clips(tmp_path / "clips", tmp_path / "work", CUT)
    assert left_out == {"b.mp4": "the same bytes as another clip", "short.mp4": "3.0 s long, shorter than 4 s"}


def test_cutting_that_does_not_end_is_killed(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match=r"no end after 0\.01 s, the limit"):
        write_first_seconds(folder / "a.mp4", tmp_path / "a.mp4", seconds=60, limits=LIMITS, wall_s=0.01)
    assert list(tmp_path.iterdir()) == []


def test_every_edit_is_readable_and_as_long_and_as_large_as_it_should_be(footage: Footage) -> None:
    assert len(footage.plans) == 3 * len(EDITS)
    for plan in footage.plans:
        clip, host = plan.clip, plan.host or plan.clip
        frames = {
            "embedded": host.frames + plan.values.get("frames", 0),
            "speed": clip.frames / plan.values.get("speed", 1),
        }
        scale = 2 if plan.edit == "worse" else 1
        found = Clip.open(plan.id, footage.files[plan.id])
        assert found.frames == pytest.approx(frames.get(plan.edit, clip.frames), abs=1)
        assert (found.width, found.height) == pytest.approx((host.width / scale, host.height / scale), abs=2)
        assert len(sample(found.path, 1).images) == pytest.approx(found.frames / FPS, abs=1)


def test_a_flip_is_the_mirrored_clip(footage: Footage) -> None:
    for plan in of_edit(footage, "flip"):
        original, flipped = pictures(plan.clip), edited(footage, plan)
        assert difference(flipped, original[:, :, ::-1]) < 6
        assert difference(flipped, original) > 20


def test_a_crop_is_a_part_enlarged(footage: Footage) -> None:
    for plan in of_edit(footage, "crop"):
        cropped, clip, values = edited(footage, plan), plan.clip, plan.values
        width, height = (round(values["kept"] * side) for side in (clip.width, clip.height))
        left, top = round(values["left"] * clip.width), round(values["top"] * clip.height)
        # The middle, where nothing is laid over it.
        middle = pictures(clip)[:, top + height // 2, left + width // 4 : left + 3 * width // 4].mean((1, 2))
        found = cropped[:, clip.height // 2, clip.width // 4 : 3 * clip.width // 4].mean((1, 2))
        assert difference(found, middle) < 6


def test_an_inset_lies_on_its_host(footage: Footage) -> None:
    for plan in of_edit(footage, "inset"):
        clip, host, side = plan.clip, plan.host, plan.values["side"]
        assert host is not None
        found, frames = edited(footage, plan), clip.frames
        covers = np.abs(found - pictures(host)[np.arange(frames) % host.frames]).mean((0, 3)) > 8
        rows, columns = np.flatnonzero(covers.mean(1) > 0.3), np.flatnonzero(covers.mean(0) > 0.3)
        scale = side * min(host.width / clip.width, host.height / clip.height)
        assert len(rows) == pytest.approx(scale * clip.height, abs=6)
        assert len(columns) == pytest.approx(scale * clip.width, abs=6)


def test_an_embedded_excerpt_is_where_it_says(footage: Footage) -> None:
    for plan in of_edit(footage, "embedded"):
        cut, first, frames = (int(plan.values[name]) for name in ("cut", "first", "frames"))
        assert plan.host is not None
        found, host, clip = edited(footage, plan), pictures(plan.host), pictures(plan.clip)
        assert difference(found[:cut], host[:cut]) < 4
        assert difference(found[cut + frames :], host[cut:]) < 4
        excerpt = fitted(clip[first : first + frames], found.shape[1:3])
        inside = excerpt.mean((0, 3)) > 0
        assert difference(found[cut : cut + frames][:, inside], excerpt[:, inside]) < 12
        bars = found[cut : cut + frames][:, ~inside]
        assert not bars.size or (bars < 40).mean() > 0.9


def fitted(pictures: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Pictures scaled into the middle of others of this height and width, 0 around them."""
    scale = min(shape[0] / pictures.shape[1], shape[1] / pictures.shape[2])
    height, width = (int(scale * side) for side in pictures.shape[1:3])
    top, left = (shape[0] - height) // 2, (shape[1] - width) // 2
    result = np.zeros((len(pictures), *shape, 3), np.float32)
    for picture, target in zip(pictures, result, strict=True):
        resized = Image.fromarray(picture.astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
        target[top : top + height, left : left + width] = np.asarray(resized)
    return result


def test_the_same_seed_gives_the_same_bytes_and_another_one_other_edits(
    footage: Footage, clips: list[Clip], tmp_path: Path
) -> None:
    plans = plan_edits(clips, seed=0)
    assert plans == footage.plans
    for plan in plans[: len(EDITS)]:
        plan.write(tmp_path / "again.mp4")
        assert (tmp_path / "again.mp4").read_bytes() == footage.files[plan.id].read_bytes()
    drawn = [plan for plan in plan_edits(clips, seed=1) if plan.values]
    assert not {plan.id for plan in drawn} & {plan.id for plan in plans}


def test_an_edit_that_is_there_is_not_made_again(footage: Footage, work: Path) -> None:
    times = {name: file.stat().st_mtime_ns for name, file in footage.files.items()}
    make_edits(footage.plans, work)
    assert {name: file.stat().st_mtime_ns for name, file in footage.files.items()} == times


def test_a_host_does_not_rank_what_shows_it(footage: Footage, work: Path) -> None:
    dataset = real_clips.make_dataset(footage, work)
    for plan in footage.plans:
        assert dataset.relevance[plan.clip.id][plan.edit] == [plan.id]
        if plan.host:
            assert plan.id in dataset.excluded[plan.host.id]
        assert plan.id not in dataset.excluded[plan.clip.id]


def test_one_kind_of_edit_is_ranked_without_the_other_edits_of_the_query(footage: Footage, work: Path) -> None:
    dataset: Dataset = real_clips.only(real_clips.make_dataset(footage, work), "flip")
    query = footage.clips[0].id
    own = {plan.id for plan in footage.plans if plan.clip.id == query and plan.edit != "flip"}
    shown = {plan.id for plan in footage.plans if plan.host and plan.host.id == query}
    assert set(dataset.excluded[query]) == own | shown
    assert dataset.tasks["mAP"].labels == ["flip"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return searchable_project(tmp_path_factory.mktemp("project"))


def test_frozen_chamfer_finds_every_edit_of_clearly_different_clips(
    project: Project, folder: Path, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project.root)
    arguments = [str(folder), "--work", str(work), "--runs", "visil_f", "hapvr", "--write"]
    real_clips.run(real_clips.parse(arguments))
    printed = capsys.readouterr()
    written = project.reports / "benchmarks" / "real_clips"
    table = pd.read_csv(written.with_suffix(".csv"))
    assert list(table.columns) == ["run", "label", "members", "edit", "metric", "value", "sd", "low", "high"]
    assert set(table.run) == {"visil_f"}
    assert list(table[table.metric == "mAP"].edit) == [*EDITS, "all"]
    values = table[table.metric == "mAP"].set_index("edit").value
    # A shrunk texture is another one to a network: with other draws, other footage may come before an inset.
    assert (values.drop(["inset", "all"]) == 1).all()
    assert values["inset"] > 0.5
    assert values["all"] > 0.9
    assert written.with_suffix(".md").read_text() in printed.out
    assert "With 3 clips an interval is rough" in printed.out
    assert "Left out, not trained: hapvr." in printed.out
    assert "make it with `dvc repro train@hapvr-0`" in printed.err
    assert "cut.mp4: " in printed.err


def test_without_a_whitening_it_says_how_to_make_one(
    project: Project, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("params.yaml", "dvc.yaml"):
        (tmp_path / name).write_bytes((project.root / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match="make it with `dvc repro whiten@efficientnet_lite0`"):
        real_clips.run(real_clips.parse([str(folder)]))


def test_a_folder_of_less_than_two_clips_is_refused(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "clips" / "a.mp4", scene(1, 4))
    monkeypatch.chdir(project.root)
    with pytest.raises(ValueError, match=f"{tmp_path}/clips: expected at least two clips that can be used, found 1"):
        real_clips.run(real_clips.parse([str(tmp_path / "clips"), "--work", str(tmp_path / "work")]))


def test_a_wrong_name_is_one_line_without_a_traceback(project: Project, folder: Path) -> None:
    command = [sys.executable, real_clips.__file__, str(folder), "--runs", "nothing"]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("real_clips: run 'nothing': not in the runs with models of their own of params.yaml")


def test_a_work_folder_among_the_clips_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        real_clips.parse([str(folder), "--work", str(folder / "work")])
    assert "lies in the folder of clips; choose another one" in capsys.readouterr().err


def test_of_real_clips_the_damaged_and_the_short_ones_are_left_out(shared: Path, tmp_path: Path) -> None:
    clips, left_out = take_clips(shared / "clips", tmp_path, replace(CUT, seconds=5))
    assert list(left_out) == ["corrupted.mp4", "h265_10bits.mp4", "rotated_90.mov", "unordered.mov"]
    assert [clip.frames for clip in clips] == [5 * FPS] * 6
