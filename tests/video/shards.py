"""Small projects with one dataset of clips, and its stage `frames` in this or another process."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.project import Project

ROOT = Path(__file__).parents[2]
DATASET = "mini_vcdb"
COMMAND = [sys.executable, "-c", "from hapvr.cli import main; main()", "frames", DATASET, "--shard", "0"]


def make_project(root: Path, videos: dict[str, Path | bytes], **frames: Any) -> Project:
    """A project whose one shard holds copies of `videos`, or files of the bytes given; frames: parameters to change."""
    params = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text())
    limits = params["frames"]["limits"] | frames.pop("limits", {})
    params["frames"] |= {"resize": 110, "size": 96, "minimum_s": 1, **frames, "limits": limits}
    params["shards"] = params["views"]["shards"] = [0]
    folder = root / "data" / DATASET
    (folder / "videos").mkdir(parents=True)
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    (root / "dvc.yaml").write_text("stages: {}\n")
    for name, video in videos.items():
        (folder / "videos" / name).write_bytes(video if isinstance(video, bytes) else video.read_bytes())
    write_dataset(folder / "dataset.json", Dataset(name=DATASET, videos={name: f"videos/{name}" for name in videos}))
    return Project(root)


def run(project: Project, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs `hapvr frames` in a process of its own."""
    return subprocess.run(COMMAND, cwd=project.root, capture_output=True, text=True, **options)


def results(project: Project) -> dict[str, bytes]:
    """Every file in the folder of results."""
    folder = project.frames_file(DATASET, 0).parent
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*"))} if folder.exists() else {}


def failures(project: Project) -> dict[str, tuple[str, float]]:
    """Video → (reason, seconds salvaged)."""
    with project.failures_file(DATASET, 0).open(newline="") as file:
        return {row["video"]: (row["reason"], float(row["seconds_salvaged"])) for row in csv.DictReader(file)}


def partial_files(project: Project) -> dict[str, int]:
    """Files of partial work, with the times at which they were written."""
    folder = project.root / "data" / ".partial"
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def wait_for_partial_files(project: Project, process: subprocess.Popen[bytes], count: int) -> None:
    """Returns once a running stage has so many files of partial work, or has ended."""
    while process.poll() is None:
        try:
            if len(partial_files(project)) >= count:
                return
        except FileNotFoundError:  # the stage removed one while they were listed
            continue
