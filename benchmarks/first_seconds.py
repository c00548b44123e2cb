"""The first seconds of any video file as a small H.264 clip, made in a process of its own that is killed at a limit."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from hapvr.render.encode import write_h264
from hapvr.video.child import confine
from hapvr.video.job import shorten_to_line
from hapvr.video.options import FrameLimits, Limits, Request
from hapvr.video.picture import DecodeError
from hapvr.video.sequential import read_sequentially
from hapvr.video.shard import remove_leftovers

FPS = 15
SIDE = 320  # short side at most, pixels
CRF = 18
MINIMUM_S = 4  # of a shorter clip, hardly a frame would be sampled from an excerpt


def write_first_seconds(path: Path, target: Path, *, seconds: int, limits: FrameLimits, wall_s: float) -> None:
    """Writes the clip whole: upright, FPS frames per second, as long as the video but `seconds` at most.

    limits: of the pictures and the process. wall_s: after so long the process is killed. Raises DecodeError for what is
    no video, damaged within these seconds, shorter than MINIMUM_S, or beyond a limit.
    """
    command = [sys.executable, __file__, path.resolve(), target.resolve()]
    options = json.dumps({"seconds": seconds, "limits": limits.model_dump(), "wall_s": wall_s})
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run([*command, options], stdin=subprocess.DEVNULL, capture_output=True, timeout=wall_s)
    except subprocess.TimeoutExpired as error:
        raise DecodeError(f"no end after {wall_s:g} s, the limit") from error
    finally:
        remove_leftovers(target)
    if done.returncode:
        # Whatever a hostile file made the process say is one short line.
        reason = shorten_to_line(done.stdout.decode(errors="replace"))
        raise DecodeError(reason or f"the decoder crashed (exit status {done.returncode})")


def small_pictures(path: Path, request: Request, *, seconds: int) -> Iterator[Image.Image]:
    """Pictures of the first seconds, of one size. Raises DecodeError, perhaps after some pictures."""
    count = 0
    for picture in read_sequentially(path, request):
        if picture.timestamp >= seconds or count == seconds * FPS:
            if count < seconds * FPS - 1:
                raise DecodeError(f"damaged: {count} of the first {seconds * FPS} pictures are sound")
            return
        count += 1
        image = Image.fromarray(picture.image)
        size = codable_size(*image.size, min(1, SIDE / min(image.size)))
        yield image.resize(size, Image.Resampling.BICUBIC)
    if count < MINIMUM_S * FPS:
        raise DecodeError(f"{count / FPS:.1f} s long, shorter than {MINIMUM_S} s")


def codable_size(width: int, height: int, scale: float) -> tuple[int, int]:
    """Width and height times scale, in multiples of 4: `write_h264` halves them and lays chroma rows in pairs."""
    return max(16, 4 * round(width * scale / 4)), max(16, 4 * round(height * scale / 4))


def _in_child(path: str, target: str, options: str) -> str:
    """Does the work; why it cannot be done, empty if it is."""
    values = json.loads(options)
    limits = FrameLimits(**values["limits"])
    confine(memory_gb=limits.memory_gb, wall_s=values["wall_s"])
    request = Request(FPS, None, None, Limits(limits.side, limits.duration_s, limits.frames, limits.missing_s))
    try:
        write_h264(Path(target), small_pictures(Path(path), request, seconds=values["seconds"]), fps=FPS, crf=CRF)
    except DecodeError as error:
        return str(error)
    except MemoryError:
        return f"needs more than {limits.memory_gb:g} GB of memory"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    found = _in_child(*sys.argv[1:])
    sys.stdout.buffer.write(os.fsencode(found))
    sys.exit(bool(found))
