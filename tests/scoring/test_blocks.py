from pathlib import Path

import numpy as np
import pytest
import torch
from tqdm import tqdm

from hapvr.methods.model import build
from hapvr.scoring import blocks, scoring
from hapvr.scoring.blocks import Blocks, Part, cut_into_blocks
from hapvr.similarity import score

METHOD = {"name": "chamfer", "region_top_rate": 0.0, "frame_top_rate": 0.0}


class Counted(list):
    """Videos that count how often they are read."""

    reads = 0
    lengths: list[int]

    def __getitem__(self, position):
        self.reads += 1
        return super().__getitem__(position)


@pytest.fixture
def videos(monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr(blocks, "BLOCK", 3)
    random = np.random.default_rng(0)
    counted = Counted(random.standard_normal((length, 2, 8), np.float32) for length in [5, 9, 7, 5, 12, 6, 8, 5])
    counted.lengths = [len(video) for video in list.__iter__(counted)]
    return counted


def run(videos: Counted, kept: Blocks | None = None, part: Part | None = None) -> np.ndarray:
    method = build(METHOD, 8)
    return score(method, videos[:2], videos, device="cpu", memory_gb=1, blocks=kept, part=part)


def test_blocks_hold_every_video_once_in_order_of_length(videos: Counted) -> None:
    assert cut_into_blocks(videos.lengths) == [[0, 3, 7], [5, 2, 6], [1, 4]]


def test_parts_by_separate_jobs_are_put_together_to_the_same_bytes(videos: Counted, tmp_path: Path) -> None:
    kept = Blocks(tmp_path, {})
    for number in (1, 0):
        run(videos, kept, Part(number, 2))
    videos.reads = 0
    together = run(videos, kept)
    assert videos.reads <= 2, "only the queries are read again"
    assert together.tobytes() == run(videos).tobytes()


def test_interrupted_scoring_goes_on_at_the_last_finished_block(videos: Counted, tmp_path: Path) -> None:
    kept = Blocks(tmp_path, {})
    broken = Counted(videos)
    broken.lengths = videos.lengths
    list.__setitem__(broken, 4, np.zeros((12, 3, 3), np.float32))
    with pytest.raises(RuntimeError):
        run(broken, kept)
    assert sorted(path.name for path in tmp_path.rglob("*.npy")) == ["0.npy", "1.npy"]
    videos.reads = 0
    assert run(videos, kept).tobytes() == run(videos).tobytes()


def test_progress_counts_resumed_pairs_as_done_and_not_as_speed(
    videos: Counted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Blocks(tmp_path, {})
    run(videos, kept, Part(0, 2))  # blocks 0 and 2: 3 + 2 videos
    shown: list[tqdm] = []
    monkeypatch.setattr(scoring, "tqdm", lambda **options: shown.append(tqdm(**options)) or shown[0])
    run(videos, kept)
    assert (shown[0].initial, shown[0].n, shown[0].total) == (2 * 5, 2 * 8, 2 * 8)


def test_blocks_of_other_settings_are_not_used(videos: Counted, tmp_path: Path) -> None:
    Blocks(tmp_path, {"model": "old"}).save(0, np.full((2, 3), 7, np.float32))
    assert (run(videos, Blocks(tmp_path, {"model": "new"})) != 7).all()


@pytest.mark.parametrize("text", ["2/2", "-1/2", "1", "a/b"])
def test_wrong_part_says_what_is_expected(text: str) -> None:
    with pytest.raises(ValueError, match="expected I/N"):
        Part.parse(text)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_stays_close(videos: Counted, dtype: torch.dtype) -> None:
    unit = [video / np.linalg.norm(video, axis=-1, keepdims=True) for video in list.__iter__(videos)]
    method = build(METHOD, 8)
    exact, rough = (score(method, unit, unit, device="cpu", memory_gb=1, dtype=kind) for kind in (torch.float32, dtype))
    assert 0 < np.abs(exact - rough).max() < 0.02
