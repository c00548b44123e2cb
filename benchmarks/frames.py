"""Sampled frames per CPU-second of the stage `frames`, beside ffmpeg and a plain decord loop, in one run.

Run as `python benchmarks/frames.py` (some minutes; --seconds and --repeats to change that). Prints a table in
Markdown. The clips are rendered, H.264 at 30 frames/s with B-frames, as video sites store them.
"""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click
import imageio_ffmpeg
import psutil

from hapvr.video.child import DecodeTask
from hapvr.video.job import decode_files
from hapvr.video.options import Limits, Request
from hapvr.video.readers import CHAINS, Decoder

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
SIZES = {"360p": "640x360", "720p": "1280x720"}
COPIES = 4  # of a clip: so many videos in a run
REQUEST = Request(fps=1, resize=224, size=224, limits=Limits(side=4096, duration_s=3600, frames=250_000, missing_s=1))


def render(path: Path, size: str, seconds: int) -> None:
    """A zoom into a fractal: detail and motion everywhere."""
    source = f"mandelbrot=size={size}:rate=30"
    encode = ["-c:v", "libx264", "-preset", "medium", "-crf", "23", "-pix_fmt", "yuv420p"]
    command = [FFMPEG, "-v", "error", "-y", "-f", "lavfi", "-i", source, "-t", str(seconds), *encode, str(path)]
    subprocess.run(command, check=True)


def with_ffmpeg(clip: Path) -> None:
    """As the published features were made: JPEG files at full size, one thread."""
    with tempfile.TemporaryDirectory() as folder:
        for copy in range(COPIES):
            read = [FFMPEG, "-v", "error", "-threads", "1", "-i", str(clip)]
            subprocess.run([*read, "-vf", "fps=1", f"{folder}/{copy}_%d.jpg"], check=True)


def with_decord_loop(clip: Path) -> None:
    """Every n-th frame, n the rounded rate, at full size, nothing stored."""
    import decord

    for _ in range(COPIES):
        reader = decord.VideoReader(str(clip), num_threads=1)
        for index in range(0, len(reader), round(reader.get_avg_fps())):
            reader[index].asnumpy()


def with_stage(clip: Path, decoder: Decoder, workers: int) -> None:
    """The pool of the stage: child processes, timestamps, resizing, JPEG."""
    task = DecodeTask(clip, REQUEST, CHAINS[decoder], jpeg_quality=95, wall_s=600, memory_gb=2)
    for _, decoded in decode_files([(str(copy), task) for copy in range(COPIES)], workers):
        if decoded.reason:
            raise SystemExit(f"{clip}: {decoded.reason}")


CONTENDERS: dict[str, Callable[[Path], None]] = {
    "ffmpeg -vf fps=1 to JPEG": with_ffmpeg,
    "plain decord loop": with_decord_loop,
    "stage, pyav": lambda clip: with_stage(clip, "pyav", 1),
    "stage, auto (decord)": lambda clip: with_stage(clip, "auto", 1),
    "stage, pyav, 2 workers": lambda clip: with_stage(clip, "pyav", 2),
}


@dataclass
class Cost:
    """Of one run: CPU-seconds of all processes, wall seconds, peak memory of all processes together in MB."""

    cpu_s: float
    wall_s: float
    memory_mb: float


def cpu_s() -> float:
    """CPU-seconds of this process, of its children that ended, and of the server of children, which has not."""
    ended = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    alive = [child.cpu_times() for child in psutil.Process().children()]
    return sum(usage.ru_utime + usage.ru_stime for usage in ended) + sum(sum(times[:4]) for times in alive)


def measure(contender: str, warm_up: Path, clip: Path) -> Cost:
    """To be run in a process of its own. Imports and the start of the server are paid before, on a short clip."""
    CONTENDERS[contender](warm_up)
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.2):
            with suppress(psutil.NoSuchProcess):
                processes = [psutil.Process(), *psutil.Process().children(recursive=True)]
                peak[0] = max(peak[0], sum(process.memory_full_info().pss for process in processes) / 2**20)

    watcher = threading.Thread(target=watch)
    watcher.start()
    cpu, wall = cpu_s(), time.monotonic()
    CONTENDERS[contender](clip)
    cost = Cost(cpu_s() - cpu, time.monotonic() - wall, 0)
    done.set()
    watcher.join()
    return replace(cost, memory_mb=peak[0])


def in_own_process(contender: str, warm_up: Path, clip: Path) -> Cost:
    """Runs this file again for one contender, so that none profits from another's caches."""
    command = [sys.executable, __file__, "--only", contender, str(warm_up), str(clip)]
    return Cost(**json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


@click.command()
@click.option("--seconds", default=20, help="length of a clip")
@click.option("--repeats", default=3, help="runs of each contender, taken in turns; the medians count")
@click.option("--only", nargs=3, type=(str, Path, Path), help="measure one contender (used by the program itself)")
def main(seconds: int, repeats: int, only: tuple[str, Path, Path] | None) -> None:
    """Measures and prints."""
    if only:
        print(json.dumps(asdict(measure(*only))))
        return
    print("| clips | read by | frames per CPU-second | × ffmpeg | × decord loop | wall seconds | peak memory, MB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        warm_up = Path(folder) / "warm_up.mp4"
        render(warm_up, "160x120", 1)
        for label, size in SIZES.items():
            clip = Path(folder) / f"{label}.mp4"
            render(clip, size, seconds)
            runs = [{name: in_own_process(name, warm_up, clip) for name in CONTENDERS} for _ in range(repeats)]
            cpu = {name: statistics.median(run[name].cpu_s for run in runs) for name in CONTENDERS}
            first, second = list(cpu.values())[:2]
            for name in CONTENDERS:
                wall_s = statistics.median(run[name].wall_s for run in runs)
                memory_mb = max(run[name].memory_mb for run in runs)
                rate = COPIES * seconds / cpu[name]
                ratios = f"{first / cpu[name]:.2f} | {second / cpu[name]:.2f}"
                print(f"| {label} | {name} | {rate:.1f} | {ratios} | {wall_s:.1f} | {memory_mb:.0f} |", flush=True)


if __name__ == "__main__":
    main()
