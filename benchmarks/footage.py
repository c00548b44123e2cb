"""A folder of any video files as clips and their edits, each file kept: what is there is not made again."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clip_edits import Clip, Plan, plan_edits
from first_seconds import write_first_seconds
from tqdm import tqdm

from hapvr.search.files.videos import list_videos, printable
from hapvr.storage.resume import file_sha256, key_of
from hapvr.video import DecodeError
from hapvr.video.options import FrameLimits
from hapvr.video.shard import remove_leftovers


@dataclass(frozen=True)
class Cut:
    """seconds: longest clip. wall_s: that cutting one may take. limits: of pictures and memory."""

    seconds: int
    wall_s: float
    limits: FrameLimits


@dataclass(frozen=True)
class Footage:
    """Clips, the plans of their edits, and the files of all of them by id."""

    clips: list[Clip]
    plans: list[Plan]
    files: dict[str, Path]


def make_footage(folder: Path, work: Path, cut: Cut, *, seed: int) -> Footage:
    """Cuts and edits the clips of a folder, progress shown. Raises ValueError if fewer than two can be used."""
    clips, left_out = take_clips(folder, work, cut)
    list_reasons("clips left out", left_out)
    if len(clips) < 2:
        raise ValueError(f"{folder}: expected at least two clips that can be used, found {len(clips)}")
    plans = plan_edits(clips, seed)
    return Footage(clips, plans, {clip.id: clip.path for clip in clips} | make_edits(plans, work))


def take_clips(folder: Path, work: Path, cut: Cut) -> tuple[list[Clip], dict[str, str]]:
    """The usable clips of a folder, cut, in order of id, and path below it → reason of those left out."""
    clips: dict[str, Clip] = {}
    left_out: dict[str, str] = {}
    for path, file in tqdm(list_videos(folder).items(), "clips", unit="clip"):
        try:
            if not file.is_file():
                raise DecodeError("not a regular file")
            digest = file_sha256(file)
            if digest in clips:
                raise DecodeError("the same bytes as another clip")
            clips[digest] = _take_clip(file, digest, work, cut)
        except (DecodeError, OSError) as error:
            left_out[path] = str(error)
    return sorted(clips.values(), key=lambda clip: clip.id), left_out


def _take_clip(file: Path, digest: str, work: Path, cut: Cut) -> Clip:
    """One clip, cut if it has not been. Its id says what is in it, wherever the file lies."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", file.stem)[:40]
    clip_id = f"{name}-{key_of({'file': digest, 'seconds': cut.seconds})[:8]}"
    target = work / "clips" / f"{clip_id}.mp4"
    if not target.exists():
        write_first_seconds(file, target, seconds=cut.seconds, limits=cut.limits, wall_s=cut.wall_s)
    return Clip.open(clip_id, target)


def make_edits(plans: Sequence[Plan], work: Path) -> dict[str, Path]:
    """Id → file of every edit."""
    files = {plan.id: work / "edits" / f"{plan.id}.mp4" for plan in plans}
    for plan in tqdm(plans, "edits", unit="edit"):
        if not files[plan.id].exists():
            remove_leftovers(files[plan.id])
            plan.write(files[plan.id])
    return files


def list_reasons(title: str, reasons: Mapping[str, str]) -> None:
    """Name and reason of whatever was left out, to standard error; nothing if nothing was."""
    if reasons:
        lines = [f"  {printable(name)}: {printable(reason)}" for name, reason in reasons.items()]
        print(f"{title}: {len(reasons)}", *lines, sep="\n", file=sys.stderr)
