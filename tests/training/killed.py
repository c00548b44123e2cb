"""Trains one run in children of this process that are killed; prints how each child ended, as JSON.

Each child is killed by SIGKILL: by itself at a certain point of writing a checkpoint, or from outside at any time. The
last is left alone.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from hapvr.project import Project
from hapvr.stages.train import train
from hapvr.training import checkpoint

POINTS = ("half written", "before the rename", "after the rename")


def killing(point: str, count: int) -> None:
    """Makes the process kill itself at a point of writing its count-th checkpoint."""
    original, written = checkpoint.whole, 0

    @contextmanager
    def whole(path: Path) -> Iterator[Path]:
        nonlocal written
        written += 1
        with original(path) as temporary:
            yield temporary
            if written == count and point != "after the rename":
                if point == "half written":
                    os.truncate(temporary, temporary.stat().st_size // 2)
                os.kill(os.getpid(), signal.SIGKILL)
        if written == count:
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoint.whole = whole


def child(root: Path, point: str | None, count: int) -> int:
    """Starts a training; gives its process id."""
    pid = os.fork()
    if pid == 0:
        if point:
            killing(point, count)
        try:
            train(Project(root), "hapvr", 0)
            os._exit(0)
        except BaseException as error:
            print(error, file=sys.stderr)
            os._exit(1)
    return pid


def kept(root: Path) -> Path:
    return root / "data" / ".partial" / "train" / "hapvr" / "0" / "checkpoint.safetensors"


def steps_kept(root: Path) -> int:
    """How many steps the checkpoint has."""
    return len(checkpoint.unpack(kept(root).read_bytes())[1]["rows"]) if kept(root).exists() else 0


def wait_for_a_checkpoint(root: Path, before_ns: int) -> None:
    for _ in range(6000):
        if kept(root).exists() and kept(root).stat().st_mtime_ns > before_ns:
            return
        time.sleep(0.01)
    raise TimeoutError(f"{kept(root)}: nothing new in a minute")


def attempt(root: Path, *, point: str | None = None, count: int = 0, after_s: float | None = None) -> dict[str, int]:
    """A training that is killed at a point, or so long after its first checkpoint, or not at all."""
    steps, before_ns = steps_kept(root), time.time_ns()
    pid = child(root, point, count)
    if after_s is not None:
        wait_for_a_checkpoint(root, before_ns)
        time.sleep(after_s)
        os.kill(pid, signal.SIGKILL)
    return {"from": steps, "status": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}


def main(root: Path, undisturbed: Path) -> None:
    torch.set_num_threads(1)
    whole = attempt(undisturbed)
    chance = random.Random(0)
    attempts = [attempt(root, point=point, count=2) for point in POINTS]
    attempts += [attempt(root, after_s=chance.uniform(0, 0.1)) for _ in range(3)]
    print(json.dumps({"undisturbed": whole, "killed": attempts, "last": attempt(root)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
