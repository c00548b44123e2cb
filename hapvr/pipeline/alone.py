"""One run at a time in a working tree, and one process at a time that makes a result.

DVC and Snakemake each keep themselves out, and neither the other; a command whose engine was killed goes on by itself.
These locks end with the process that holds them, however it ends: nobody ever has to remove one.
"""

import fcntl
import os
import sys
from pathlib import Path
from typing import IO

FOLDER = Path(".dvc") / "tmp" / "hapvr"
# Open as long as this process lives.
_HELD: list[IO[str]] = []


class BusyError(OSError):
    """Somebody else is at work in this working tree."""


def begin_run(root: Path) -> None:
    """Keeps every other run out of the working tree until this process ends. Raises BusyError if one is at work."""
    if (other := _hold(root, "run", wait=False)) is not None:
        raise BusyError(f"{root}: {other} is at work in this working tree; wait for it or stop it, then start again")


def begin_stage(root: Path, name: str) -> None:
    """Waits for a process that makes the same: left behind by a run that was killed, or started by hand."""
    if (other := _hold(root, name, wait=False)) is not None:
        print(f"hapvr: waits for {other}, which makes the same", file=sys.stderr, flush=True)
        _hold(root, name, wait=True)


def _hold(root: Path, name: str, *, wait: bool) -> str | None:
    """Takes a lock for good; who has it if it is taken. Where there is no DVC or no lock to be had, there is none."""
    if not (root / ".dvc").is_dir():
        return None
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    file = (root / FOLDER / f"{name}.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        with file:
            file.seek(0)
            return file.read().strip() or "another process"
    except OSError:
        file.close()
        return None
    file.truncate(0)
    file.write(f"process {os.getpid()} ({' '.join([Path(sys.argv[0]).name, *sys.argv[1:]])})\n")
    file.flush()
    _HELD.append(file)
    return None
